//! A short summary for a step summary (`$GITHUB_STEP_SUMMARY`) or a comment on a merge request.

mod escape;

use std::collections::BTreeMap;
use std::io::{self, Write};

use depaudit_auditor::report::{Finding, Lacking, Verdict};
use depaudit_policy::Level;

use super::{View, text};
use escape::cell;

/// How many findings are listed. GitHub takes a summary of 1 MiB, and nobody reads it.
const MOST_FINDINGS: usize = 50;

/// How many of them are of one rule: the first rule to fire everywhere must not hide the others.
const MOST_OF_A_RULE: usize = 5;

/// How many blind spots are listed.
const MOST_BLIND_SPOTS: usize = 20;

/// How many characters of a text stand in a cell.
const LONGEST: usize = 300;

/// Writes the summary: at most 1 MiB, whatever was found.
///
/// # Errors
/// When `out` takes no more.
pub fn write(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let findings = view.findings();
    let summary = &view.report.summary;
    writeln!(out, "## depaudit: {}\n", verdict(view))?;
    let teams = text::count(summary.teams, "team");
    let workspaces = text::count(summary.workspaces, "workspace");
    writeln!(out, "{teams}, {workspaces}, {}.", text::count(summary.overrides, "override"))?;
    if !findings.is_empty() {
        totals(&findings, out)?;
        list(view, &findings, out)?;
    }
    unevaluated(view, out)?;
    blind_spots(view, out)
}

fn verdict(view: &View<'_>) -> &'static str {
    match view.report.verdict() {
        Verdict::Clean => "clean",
        Verdict::Denied => "denied",
        Verdict::Incomplete => "the scan is incomplete",
        Verdict::Nothing => "there was nothing to scan",
    }
}

/// What one rule comes to.
#[derive(Default)]
struct Total {
    denied: usize,
    warned: usize,
    /// Waived, or in the baseline.
    accepted: usize,
}

/// One row a rule, in the order in which the findings first name them: the worst first.
fn totals(findings: &[&Finding], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    let mut ranked: Vec<&Finding> = Vec::new();
    for finding in findings {
        let total = totals.entry(finding.code).or_insert_with(|| {
            ranked.push(finding);
            Total::default()
        });
        match (finding.stands(), finding.level) {
            (false, _) => total.accepted += 1,
            (true, Level::Deny) => total.denied += 1,
            (true, _) => total.warned += 1,
        }
    }
    writeln!(
        out,
        "\n| Severity | Rule | Denied | Warned about | Accepted |\n|---|---|--:|--:|--:|"
    )?;
    for first in ranked {
        if let Some(Total { denied, warned, accepted }) = totals.get(first.code) {
            let (severity, rule) = (first.severity, rule(first));
            writeln!(out, "| {severity} | {rule} | {denied} | {warned} | {accepted} |")?;
        }
    }
    Ok(())
}

fn rule(finding: &Finding) -> String {
    format!("{} {}", cell(finding.code, LONGEST), cell(finding.rule, LONGEST))
}

fn list(view: &View<'_>, findings: &[&Finding], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "\n| Severity | Level | Rule | Where | What |\n|---|---|---|---|---|")?;
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    let few = findings.iter().filter(|finding| {
        let of_rule = listed.entry(finding.code).or_default();
        *of_rule += 1;
        *of_rule <= MOST_OF_A_RULE
    });
    let few: Vec<_> = few.take(MOST_FINDINGS).collect();
    for finding in &few {
        let level = finding.outcome();
        let place = finding.locations.first().map_or_else(
            || view.fallback(finding).to_string(),
            |first| text::spot(&view.name(finding, first), first),
        );
        let mut place = cell(&place, LONGEST);
        if view.report.teams.len() > 1 {
            let team = finding.team.as_ref().map_or("across teams", |team| team.as_str());
            place = format!("{}<br>{place}", cell(team, LONGEST));
        }
        let mut what = cell(&finding.message, LONGEST);
        if let Some(help) = &finding.help {
            what = format!("{what}<br>help: {}", cell(help, LONGEST));
        }
        writeln!(out, "| {} | {level} | {} | {place} | {what} |", finding.severity, rule(finding))?;
    }
    if let Some(more @ 1..) = findings.len().checked_sub(few.len()) {
        writeln!(out, "\nAnd {more} more: the worst {MOST_OF_A_RULE} of each rule are listed.")?;
    }
    Ok(())
}

fn unevaluated(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    for lacking in [Lacking::Facts, Lacking::Record, Lacking::Policy] {
        let rules = view.report.summary.not_evaluated.iter();
        let rules: Vec<_> = rules.filter(|it| it.lacking == lacking).map(|it| it.code).collect();
        if !rules.is_empty() {
            let why = lacking.why();
            writeln!(out, "\nNot evaluated completely, as {why}: {}.", rules.join(", "))?;
        }
    }
    Ok(())
}

fn blind_spots(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let count = view.blind_spots().count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\n<details><summary>{}</summary>\n", text::count(count, "blind spot"))?;
    for (team, spot) in view.blind_spots().take(MOST_BLIND_SPOTS) {
        // The first word is ours: at the start of a line, a list or a heading could begin.
        let text = format!("team {team}: {}", text::unseen(spot));
        writeln!(out, "- {}", cell(&text, LONGEST))?;
    }
    if let Some(more @ 1..) = count.checked_sub(MOST_BLIND_SPOTS) {
        writeln!(out, "- and {more} more")?;
    }
    writeln!(out, "\n</details>")
}

#[cfg(test)]
mod tests;
