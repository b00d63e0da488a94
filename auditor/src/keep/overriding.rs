use std::collections::BTreeSet;

use depaudit_model::cargo::parse_version;
use depaudit_portfolio::report::{OverrideRecord, Package};

use super::graph::number;
use super::{label, place};
use crate::audit::{AuditedTeam, Outline};
use crate::cargo::lock::Lock;
use crate::report::Override;

/// The overrides that somebody may have to answer for: what a workspace does with its own members
/// is no business of a portfolio's.
pub(super) fn records(
    team: &AuditedTeam,
    outline: &Outline,
    locks: &[(&Lock, Vec<Option<Package>>)],
    all: &[Package],
) -> Vec<OverrideRecord> {
    let records = team.report.overrides.iter().zip(&outline.declared);
    let reported = records.filter(|(record, _)| !record.is_ordinary());
    let mut found: Vec<_> = reported
        .filter_map(|(record, (declared, owned))| {
            let package = record.package.as_ref();
            Some(OverrideRecord {
                kind: record.kind,
                layer: record.layer,
                package: package.and_then(|name| name.parse().ok()),
                version: record.version.as_deref().and_then(|text| parse_version(text).ok()),
                target: label(&record.target.to_string())?,
                state: record.state,
                workspace: record.workspace.as_ref().and_then(place),
                path: place(&record.location.path)?,
                line: record.location.span.line,
                // Texts are not kept during a scan; who sends the report reads the line again.
                text: None,
                folder: record.folder.as_ref().and_then(place),
                locked: locked(record, locks, all),
                compared: record.compared.clone(),
                declared: *declared,
                owned: owned.clone(),
            })
        })
        .collect();
    found.sort();
    found
}

/// The packages in whose blocks the entries begin that account for an override.
fn locked(record: &Override, locks: &[(&Lock, Vec<Option<Package>>)], all: &[Package]) -> Vec<u32> {
    let mut found = BTreeSet::new();
    for held in &record.locked {
        let of_lock = locks.iter().filter(|(lock, _)| lock.path == held.location.path);
        for (lock, packages) in of_lock {
            let entries = lock.packages.iter().zip(packages);
            let it = entries.filter(|(entry, _)| entry.span == held.location.span);
            found.extend(it.filter_map(|(_, package)| number(package.as_ref()?, all)));
        }
    }
    found.into_iter().collect()
}
