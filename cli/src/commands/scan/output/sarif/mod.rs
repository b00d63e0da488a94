//! SARIF 2.1.0 (OASIS), within GitHub's limits for code scanning.
//!
//! A rule's id is its code, which never changes. One run holds all teams: a reader of several runs
//! would show the same rules several times, and GitHub takes 20 runs at most.

mod document;
mod notes;
mod results;
mod rules;
mod tag_free;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use depaudit_auditor::report::Finding;

use super::View;
use document::{ArtifactBase, ColumnKind, Driver, Log, Message, Run, SCHEMA, Tool, VERSION};
use tag_free::TagFree;

/// How many results GitHub takes in one run; a file with more is refused as a whole.
const MOST_RESULTS: usize = 25_000;

/// Writes a scan as SARIF: all findings at `deny` and `warn`, the worst first. Waived ones carry a
/// suppression.
///
/// # Errors
/// When `out` takes no more.
pub fn write(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    write_findings(view, &view.findings(), out)
}

/// The same without the waived findings: GitHub does not heed suppressions, and would show them as
/// open.
///
/// # Errors
/// When `out` takes no more.
pub fn write_for_github(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut findings = view.findings();
    findings.retain(|finding| finding.stands());
    write_findings(view, &findings, out)
}

fn write_findings(
    view: &View<'_>,
    findings: &[&Finding],
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let (kept, cut) = findings.split_at(findings.len().min(MOST_RESULTS));
    let bases = view.places.bases().iter().map(|base| {
        let text = super::text::line(&base.description, super::text::LONGEST);
        (base.id.clone(), ArtifactBase { description: Message { text } })
    });
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "depaudit",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: view.rules.iter().map(|rule| rules::descriptor(rule)).collect(),
            },
        },
        invocations: [notes::invocation(view, cut.len())],
        original_uri_base_ids: bases.collect(),
        column_kind: ColumnKind::UnicodeCodePoints,
        results: results::all(view, kept),
    };
    let log = Log { schema: SCHEMA, version: VERSION, runs: [run] };
    serde_json::to_writer(TagFree(&mut *out), &log)?;
    out.write_all(b"\n")
}
