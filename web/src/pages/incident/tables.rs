//! The tables, in the order in which somebody on call asks.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::{Checksum, TeamId, Timestamp, WaiverId};
use depaudit_policy::door::DoorRule;
use depaudit_portfolio::question::{Moved, StandingOverride, WorkspaceHit};
use depaudit_portfolio::report::Repository;
use depaudit_trace::{Decided, Moment, Release, Replacement, Report};

use super::super::frame::Frame;
use super::super::overrides;
use super::super::table::{Cell, Table, seconds};
use super::runs::{Move, NotReceived, Runs};

/// What was seen first, from where, and what the upstream says of it.
pub(super) fn releases(frame: &Frame<'_>, report: &Report) -> Table {
    let row = |it: &Release| {
        let seen = it.first_seen.as_ref();
        let first = match seen {
            Some(seen) => event(frame, seen.time, seen.index),
            None => Cell::new("not on record"),
        };
        let sums: Vec<_> = it.checksums.iter().map(|sum| format!("{sum:.16}")).collect();
        let others: Vec<_> =
            it.conflicts.iter().filter_map(|it| Some(format!("{:.16}", it.sha256?))).collect();
        vec![
            release(frame, it),
            it.registry.as_ref().map_or_else(Cell::default, Cell::new),
            first,
            Cell::new(seen.and_then(|seen| seen.source.as_deref()).unwrap_or_default()),
            Cell::new(sums.join(" ")).class("code"),
            Cell::new(others.join(" ")).class("hard"),
            Cell::new(it.upstream.words()),
            it.upstream.confirmed.map_or_else(Cell::default, Cell::time),
        ]
    };
    let columns = vec![
        "Release",
        "Registry",
        "First seen (UTC)",
        "From",
        "SHA-256",
        "Refused SHA-256",
        "The upstream",
        "Last asked (UTC)",
    ];
    Table::brief("What it is", columns, &report.releases, row)
}

/// Who received it or was refused.
pub(super) fn decisions(frame: &Frame<'_>, report: &Report) -> Table {
    let all = report.releases.iter().flat_map(|it| it.decisions.iter().map(move |one| (it, one)));
    let mut rows: Vec<_> = all.collect();
    // Who received it last stands first; what was refused does no harm, and stands at the end.
    rows.sort_by_key(|(_, it)| (!it.let_through(), std::cmp::Reverse(it.last)));
    let row = |(of, it): &(&Release, &Decided)| {
        vec![
            Cell::team(frame.site, &it.team),
            it.principal.as_ref().map_or_else(Cell::default, Cell::new),
            release(frame, of),
            Cell::new(it.decision).class(if it.let_through() { "" } else { "hard" }),
            Cell::new(it.count),
            event(frame, it.first, it.first_index),
            event(frame, it.last, it.last_index),
            why(frame, it),
        ]
    };
    let columns = vec![
        "Team",
        "Who",
        "Release",
        "Decision",
        "Times",
        "First (UTC)",
        "Last (UTC)",
        "Rule or waiver",
    ];
    Table::brief("Who has it", columns, &rows, row)
}

/// A workspace that is hit, and what is told of it last.
fn row_of(frame: &Frame<'_>, hit: &WorkspaceHit, last: String) -> Vec<Cell> {
    let binaries: Vec<_> = hit.binaries.iter().map(|it| it.name.to_string()).collect();
    let path: Vec<_> = hit.path.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    vec![
        Cell::team(frame.site, &hit.team),
        Cell::new(&hit.repository),
        Cell::folder(&hit.folder),
        Cell::new(binaries.join(", ")),
        Cell::new(path.join(" → ")),
        Cell::new(last),
    ]
}

/// How much of what a repository's locks hold a cell tells.
const HELD: usize = 12;

/// Whose locked graph reaches it.
pub(super) fn workspaces(frame: &Frame<'_>, runs: &Runs) -> Table {
    let hits = runs.blast.as_ref().map_or(&[][..], |it| it.workspaces.as_slice());
    // What a repository's locks hold under the name: a fork under the number of a release is not the release.
    let identities = |it: &WorkspaceHit| -> Vec<String> {
        let held = runs.held.get(&(it.team.clone(), it.repository.clone()));
        let first = held.into_iter().flatten().take(HELD).cloned();
        let left_out = held.map_or(0, |it| it.len().saturating_sub(HELD));
        first.chain((left_out > 0).then(|| format!("{left_out} more"))).collect()
    };
    let row = |hit: &WorkspaceHit| row_of(frame, hit, identities(hit).join(", "));
    let columns = vec![
        "Team",
        "Repository",
        "Workspace",
        "Binaries",
        "A shortest way",
        "The repository's locks hold",
    ];
    Table::brief("Who runs it", columns, hits, row)
}

/// Whose locked graph reaches what may be made from it.
pub(super) fn may_hold(frame: &Frame<'_>, runs: &Runs) -> Table {
    let Some(blast) = &runs.blast else { return Table::default() };
    let may = &blast.may_hold;
    let reasons = may.reasons();
    let row = |hit: &WorkspaceHit| row_of(frame, hit, reasons.of(hit).join("; "));
    let columns = vec!["Team", "Repository", "Workspace", "Binaries", "A shortest way", "Why"];
    Table::brief("Who may run it", columns, &may.workspaces, row)
}

/// Who locks it and did not receive it here.
pub(super) fn not_received(frame: &Frame<'_>, runs: &Runs) -> Table {
    let row = |it: &NotReceived| {
        let received: Vec<_> = it.received.iter().map(|sum| format!("{sum:.16}")).collect();
        let (class, what) = if received.is_empty() {
            ("soft", "nothing".to_owned())
        } else {
            ("hard", format!("other bytes: {}", received.join(" ")))
        };
        vec![
            Cell::team(frame.site, &it.team),
            Cell::new(&it.repository),
            Cell::new(&it.version),
            digest(it.checksum.as_ref()),
            Cell::new(what).class(class),
        ]
    };
    let columns = vec!["Team", "Repository", "Version", "Locked SHA-256", "Received here"];
    Table::brief("Who locks it and did not receive it here", columns, &runs.not_received, row)
}

/// What stands in its place.
pub(super) fn overrides(frame: &Frame<'_>, runs: &Runs) -> Table {
    let row = |it: &StandingOverride| {
        let owner = it.owner.as_ref().map_or_else(String::new, |owner| format!(", by {owner}"));
        vec![
            Cell::team(frame.site, &it.team),
            Cell::new(&it.repository),
            overrides::place(it),
            Cell::new(it.kind.as_str()),
            overrides::target(it),
            Cell::new(it.difference()),
            Cell::new(format!("{}{owner}, {} days", it.standing.words(), it.days)),
        ]
    };
    let columns = vec!["Team", "Repository", "Where", "By", "Takes instead", "Differs", "Standing"];
    Table::brief("What stands in its place", columns, &runs.overrides, row)
}

/// What each team received next, and which of its repositories moved.
pub(super) fn replacements(frame: &Frame<'_>, report: &Report, runs: &Runs) -> Table {
    let all = report.releases.iter().flat_map(|it| it.replaced_by.iter().map(move |one| (it, one)));
    let rows: Vec<_> = all.collect();
    let row = |(of, next): &(&Release, &Replacement)| {
        let version = next.version.to_string();
        let path = frame.path(&["crate", of.name.as_str(), &version]);
        let moved = runs.moves.iter().find(|it| it.is_of(of, next));
        vec![
            Cell::team(frame.site, &next.team),
            release(frame, of),
            Cell::linked(version, path),
            event(frame, next.first, next.index),
            digest(Some(&next.sha256)),
            moved.map_or_else(|| Cell::new("not known"), whole_or_not),
        ]
    };
    let columns =
        vec!["Team", "Had", "Received next", "When (UTC)", "SHA-256", "Who moved, by the reports"];
    Table::brief("What replaced it", columns, &rows, row)
}

/// The team, where all of it moved; its repositories, where some did; and who has not.
fn whole_or_not(it: &Move) -> Cell {
    let Moved { reported, moved, still } = &it.moved;
    let named = |all: &BTreeSet<Repository>| few(all.iter().map(ToString::to_string));
    let lock = if still.len() == 1 { "locks" } else { "lock" };
    let behind = || format!("{} still {lock} {}", named(still), it.from);
    match (moved.is_empty(), still.is_empty()) {
        _ if !reported => Cell::new("not known: the team has not reported"),
        (false, true) => {
            Cell::new(format!("all of {}: {}", it.team, named(moved))).class("allowed")
        }
        (false, false) => Cell::new(format!("{} alone; {}", named(moved), behind())).class("soft"),
        (true, false) => Cell::new(format!("nobody: {}", behind())).class("hard"),
        (true, true) => Cell::new("no repository that was reported locks either"),
    }
}

/// The first of them, and how many more there are.
fn few(names: impl Iterator<Item = String>) -> String {
    const FEW: usize = 5;
    let names: Vec<_> = names.collect();
    let shown = names.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(FEW) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Under which policy what was decided, and what lifted an objection.
pub(super) fn policies(frame: &Frame<'_>, report: &Report) -> Table {
    #[derive(Default)]
    struct Under<'r> {
        teams: BTreeSet<&'r TeamId>,
        times: u64,
        last: Option<(Timestamp, u64)>,
    }
    let mut under = BTreeMap::<_, Under<'_>>::new();
    for it in report.releases.iter().flat_map(|it| &it.decisions) {
        let key = (it.policy, it.waiver.as_deref(), it.rule.as_deref(), it.decision);
        let known = under.entry(key).or_default();
        known.teams.insert(&it.team);
        known.times = known.times.saturating_add(it.count);
        known.last = known.last.max(Some((it.last, it.last_index)));
    }
    let rows: Vec<_> = under.into_iter().collect();
    let columns = vec!["Policy", "Rule", "Waiver", "Decision", "Teams", "Times", "Last (UTC)"];
    Table::brief("Under which policy", columns, &rows, |((policy, lifted, named, decision), it)| {
        vec![
            policy.map_or_else(|| Cell::new("none in force"), |sum| digest(Some(&sum))),
            named.map_or_else(Cell::default, |named| rule(frame, named)),
            lifted.map_or_else(Cell::default, |lifted| waiver(frame, lifted)),
            Cell::new(decision),
            Cell::teams(frame.site, it.teams.iter().copied()),
            Cell::new(it.times),
            it.last.map_or_else(Cell::default, |(time, index)| event(frame, time, index)),
        ]
    })
}

/// What happened, the newest first.
pub(super) fn timeline(frame: &Frame<'_>, report: &Report) -> Table {
    let newest: Vec<_> = report.timeline.iter().rev().collect();
    let row = |it: &&Moment| {
        vec![
            event(frame, it.time, it.index),
            Cell::new(it.what).class(if it.is_bad() { "hard" } else { "" }),
            it.version.as_ref().map_or_else(Cell::default, Cell::new),
            it.team.as_ref().map_or_else(Cell::default, |team| Cell::team(frame.site, team)),
            Cell::new(it.detail.as_deref().unwrap_or_default()),
        ]
    };
    let columns = vec!["When (UTC)", "What", "Version", "Team", "Detail"];
    Table::brief("What happened", columns, &newest, row)
}

/// A moment that leads to its event.
fn event(frame: &Frame<'_>, time: Timestamp, index: u64) -> Cell {
    Cell::linked(seconds(time), frame.path(&["audit", &index.to_string()])).class("when")
}

fn release(frame: &Frame<'_>, it: &Release) -> Cell {
    match &it.version {
        Some(version) => {
            let path = frame.path(&["crate", it.name.as_str(), &version.to_string()]);
            Cell::linked(format!("{} {version}", it.name), path)
        }
        None => Cell::linked(
            format!("{}, refused by its name", it.name),
            frame.path(&["crate", it.name.as_str()]),
        ),
    }
}

fn digest(sha256: Option<&Checksum>) -> Cell {
    Cell::new(sha256.map_or_else(String::new, |sum| format!("{sum:.16}"))).class("code")
}

fn why(frame: &Frame<'_>, it: &Decided) -> Cell {
    match (&it.rule, &it.waiver) {
        (Some(named), _) => rule(frame, named),
        (None, Some(lifted)) => {
            let cell = waiver(frame, lifted);
            Cell { text: format!("waived: {}", cell.text), ..cell }
        }
        (None, None) => Cell::default(),
    }
}

/// A rule of the doors has a page; what the proxy itself refuses, such as wrong bytes, has none.
fn rule(frame: &Frame<'_>, named: &str) -> Cell {
    match named.parse::<DoorRule>() {
        Ok(_) => Cell::linked(named, frame.path(&["policy", "rule", named])),
        Err(_) => Cell::new(named),
    }
}

/// `minimum-age by 0a1b2c3d4e` leads to the waiver; a line of the policy, or several, to none.
fn waiver(frame: &Frame<'_>, lifted: &str) -> Cell {
    let id = lifted.split_once(" by ").and_then(|(_, id)| id.parse::<WaiverId>().ok());
    match id {
        Some(id) => Cell::linked(lifted, frame.path(&["policy", "waiver", id.as_str()])),
        None => Cell::new(lifted),
    }
}
