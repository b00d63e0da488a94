//! Who is hit, as a table and in lines.

use depaudit_policy::Day;
use depaudit_portfolio::question::{
    Blast, MayBeCopy, ReceivedHit, Sought, Step, WhatIf, WorkspaceHit,
};

use super::Rows;
use super::reports::Reports;
use super::rows::{named, text};
use crate::args::Next;
use crate::output::Cell;

fn way(path: &[Step]) -> String {
    let steps: Vec<_> = path.iter().map(|step| format!("{} {}", step.name, step.version)).collect();
    steps.join(" > ")
}

pub(super) fn blast(answer: &Blast) -> Rows<5> {
    hits(&answer.workspaces)
}

/// A row for each binary, and one for a workspace that has none.
pub(super) fn hits(workspaces: &[WorkspaceHit]) -> Rows<5> {
    let mut rows = Vec::new();
    for hit in workspaces {
        let row = |binary: &str, path: &[Step]| {
            let (team, repository) = (Cell::new(&hit.team), Cell::new(&hit.repository));
            [team, repository, Cell::new(&hit.folder), Cell::new(binary), Cell::new(way(path))]
        };
        if hit.binaries.is_empty() {
            rows.push(row("", &hit.path));
        }
        rows.extend(hit.binaries.iter().map(|it| row(it.name.as_str(), &it.path)));
    }
    let (team, repository, folder) = (text("team", 8), text("repository", 8), text("folder", 6));
    ([team, repository, folder, text("binary", 6), text("by", 16)], rows)
}

/// Whom it hits, in a line.
pub(super) fn totals(blast: &Blast) -> String {
    format!("{}: hits {}", blast.sought, blast.totals)
}

/// What may be made from it, and whom that hits, in lines: none of the numbers above counts them.
pub(super) fn may_hold(blast: &Blast) -> Vec<String> {
    let may = &blast.may_hold;
    let others = may.numbers_left_out;
    let not_looked_for = (others > 0).then(|| {
        format!("locks call these bytes by {others} other names and numbers: no copies of those were looked for")
    });
    if may.copies.is_empty() {
        return Vec::from_iter(not_looked_for);
    }
    let mut lines = Vec::from_iter(not_looked_for);
    lines.push(format!("may hold it, and is not counted above: {}", may.totals));
    let copy = |it: &MayBeCopy| {
        format!(
            "  {} {} of {}: {} ({})",
            it.name,
            it.version,
            named(&it.teams),
            it.why,
            it.identity
        )
    };
    lines.extend(may.copies.iter().map(copy));
    let left_out = may.copies_left_out;
    lines.extend((left_out > 0).then(|| format!("  and {left_out} more packages")));
    lines
}

/// What to do where nothing was found.
pub(super) fn nowhere(sought: &Sought, reports: &Reports) -> String {
    let next = match sought.name() {
        Some(name) if sought.to_string() != name.as_str() => {
            let blast = reports.next(Next::new(["portfolio", "blast", name.as_str()]));
            format!("whether another version is: {blast}")
        }
        _ => {
            let trace = Next::new(["trace", &sought.to_string()]).on(reports.data());
            format!("who received it all the same: {trace}")
        }
    };
    format!("no lock that was reported holds {sought}; {next}")
}

/// Who received it, of those that have never reported.
pub(super) fn received(blast: &Blast) -> Vec<String> {
    let line = |it: &ReceivedHit| {
        let (team, day) = (&it.team, Day::of(it.last));
        format!(
            "{team} received {} {} on {day} and has never reported: not known whether it is locked",
            it.name, it.version
        )
    };
    blast.received.iter().map(line).collect()
}

pub(super) fn what_if(answer: &WhatIf) -> Rows<5> {
    let rows = answer.effects.iter().map(|effect| {
        let places: Vec<_> = effect.overrides.iter().map(ToString::to_string).collect();
        [
            Cell::new(&effect.name),
            Cell::new(&effect.version),
            Cell::new(&effect.identity),
            effect.instead.as_ref().map_or_else(|| Cell::new("nothing known"), Cell::new),
            Cell::new(places.join(", ")),
        ]
    });
    let (name, version, now) = (text("name", 8), text("version", 7), text("now", 12));
    ([name, version, now, text("newest compatible", 8), text("overridden in", 8)], rows.collect())
}
