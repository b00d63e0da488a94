//! The end of a report for people.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use depaudit_policy::{Level, Severity};

use super::human::is_shown;
use super::teams;
use crate::report::{Finding, NotEvaluated, Place, ScanReport, TeamName, Verdict};

/// Writes the end of a report: what it comes to, which rules fired, the worst first, and what was
/// not judged. `place` names a finding's place for a person.
pub(super) fn write(
    report: &ScanReport,
    place: impl Fn(&Place, Option<&TeamName>) -> String,
    mut out: impl Write,
) -> io::Result<()> {
    let summary = &report.summary;
    let at = |level| summary.levels.get(&level).copied().unwrap_or(0);
    let verdict = match report.verdict() {
        Verdict::Clean => "clean",
        Verdict::Denied => "denied",
        Verdict::Incomplete => "incomplete",
        Verdict::Nothing => "nothing to scan",
    };
    writeln!(
        out,
        "scan: {verdict}: {} at deny, {} at warn; {}, {}{}",
        counted(at(Level::Deny), "finding"),
        at(Level::Warn),
        counted(summary.overrides, "override"),
        counted(summary.workspaces, "workspace"),
        if summary.gaps > 0 { format!(", {} not read", summary.gaps) } else { String::new() },
    )?;
    for row in rows(report, place) {
        writeln!(out, "  {row}")?;
    }
    teams::write(report, &mut out)?;
    let hidden = [
        (summary.waived, "waived"),
        (summary.in_baseline, "in the baseline"),
        (at(Level::Allow), "allowed"),
        (summary.unchanged, "in files that were not changed"),
    ];
    let hidden = hidden.into_iter().filter(|(count, _)| *count > 0);
    let hidden: Vec<_> = hidden.map(|(count, what)| format!("{count} {what}")).collect();
    if !hidden.is_empty() {
        writeln!(out, "  not shown: {}", hidden.join(", "))?;
    }
    if summary.ordinary_path_dependencies > 0 {
        let ordinary = counted(summary.ordinary_path_dependencies, "path dependency");
        writeln!(out, "  {ordinary} within workspaces not shown")?;
    }
    if let Some(facts) = &summary.facts {
        writeln!(out, "  facts about releases: {facts}")?;
    }
    for NotEvaluated { rule, code, lacking, passed_over } in &summary.not_evaluated {
        let why = lacking.why();
        writeln!(out, "  {code} {rule}: not evaluated for {passed_over} of what it saw: {why}")?;
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}

/// What one rule comes to.
struct Row<'r> {
    severity: Severity,
    denied: usize,
    warned: usize,
    first: &'r Finding,
}

/// One line a rule, the worst first: severity, rule, how often, and its worst place.
fn rows(report: &ScanReport, place: impl Fn(&Place, Option<&TeamName>) -> String) -> Vec<String> {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    // The worst of a rule comes first in the report.
    for finding in report.findings.iter().filter(|finding| is_shown(finding)) {
        let severity = finding.severity;
        let row = Row { severity, denied: 0, warned: 0, first: finding };
        let row = rows.entry(finding.code).or_insert(row);
        row.severity = row.severity.max(severity);
        let denied = finding.level == Level::Deny;
        *(if denied { &mut row.denied } else { &mut row.warned }) += 1;
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| Reverse((row.denied > 0, row.severity, row.denied, row.warned)));
    let name = |row: &Row<'_>| format!("{} {}", row.first.code, row.first.rule);
    let names = rows.iter().map(|row| name(row).len()).max().unwrap_or(0);
    let counts = rows.iter().map(|row| times(row).len()).max().unwrap_or(0);
    let line = |row: &Row<'_>| {
        let worst = row.first.locations.first();
        let worst = worst.map(|worst| place(worst, row.first.team.as_ref())).unwrap_or_default();
        let (name, times) = (name(row), times(row));
        format!("{:<9} {name:<names$}  {times:<counts$}  {worst}", row.severity)
    };
    rows.iter().map(line).collect()
}

fn times(row: &Row<'_>) -> String {
    match (row.denied, row.warned) {
        (denied, 0) => format!("{denied} deny"),
        (0, warned) => format!("{warned} warn"),
        (denied, warned) => format!("{denied} deny, {warned} warn"),
    }
}
