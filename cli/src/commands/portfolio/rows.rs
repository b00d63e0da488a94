//! Answers as tables.

use std::collections::BTreeSet;
use std::fmt::Display;

use depaudit_model::{TeamId, Timestamp};
use depaudit_policy::Day;
use depaudit_portfolio::question::{
    Across, AgainstRecord, Coverage, Covered, Drift, MissedPatches, OneVersionViolation,
    SplitIdentity, StandingOverride, TeamStanding, TrendPoint, VersionInUse,
};
use depaudit_portfolio::report::PackageName;

use super::Rows;
use crate::output::{Cell, Column};

pub(super) const fn text(title: &'static str, least: usize) -> Column {
    Column { title, least, number: false }
}

const fn number(title: &'static str) -> Column {
    Column { title, least: 4, number: true }
}

pub(super) fn named(teams: &BTreeSet<TeamId>) -> String {
    marked(teams, &BTreeSet::new())
}

/// Teams that are known by their downloads alone are marked.
fn marked(teams: &BTreeSet<TeamId>, by_downloads: &BTreeSet<TeamId>) -> String {
    let name = |team: &TeamId| {
        let mark = if by_downloads.contains(team) { "(downloads)" } else { "" };
        format!("{team}{mark}")
    };
    teams.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn known(value: Option<impl Display>) -> Cell {
    value.map_or_else(Cell::empty, Cell::new)
}

pub(super) fn across(answer: &Across) -> Rows<2> {
    let same = &answer.same_version;
    let rows = [
        ("names that teams share", answer.shared),
        ("of them at more than one version", answer.drift),
        ("of them on incompatible versions", answer.incompatible),
        ("of them without a version that all have", answer.no_common),
        ("names from git or a folder here, crates.io there", answer.split_source),
        ("names and versions that teams share", same.shared),
        ("of them with two checksums", same.checksum),
        ("of them from two kinds of sources", same.kind),
        ("of them from two git repositories", same.git_url),
        ("of them from two commits of one repository", same.git_rev),
        ("of them from folders of several teams", same.path_path),
    ];
    let rows = rows.map(|(what, count)| [Cell::new(what), Cell::new(count)]);
    ([text("what", 20), number("count")], rows.into())
}

pub(super) fn split(answer: &[SplitIdentity]) -> Rows<5> {
    let rows = answer.iter().flat_map(|split| {
        let causes: Vec<_> = split.causes.iter().map(|cause| cause.as_str()).collect();
        let causes = causes.join(" ");
        split.identities.iter().map(move |held| {
            [
                Cell::new(&split.name),
                Cell::new(&split.version),
                Cell::new(&causes),
                Cell::new(&held.identity),
                Cell::new(marked(&held.teams, &held.by_downloads)),
            ]
        })
    });
    let columns = [text("name", 8), text("version", 7), text("causes", 8), text("identity", 12)];
    let [name, version, causes, identity] = columns;
    ([name, version, causes, identity, text("teams", 8)], rows.collect())
}

pub(super) fn drift(answer: &Drift) -> Rows<5> {
    let rows = answer.crates.iter().map(|it| {
        let versions = it.versions.iter();
        let versions: Vec<_> =
            versions.map(|it| format!("{} ({})", it.version, counted(it))).collect();
        [
            Cell::new(it.score),
            Cell::new(&it.name),
            Cell::new(it.teams),
            known(it.days),
            Cell::new(versions.join(" ")),
        ]
    });
    let (name, versions) = (text("name", 8), text("versions (teams)", 12));
    ([number("score"), name, number("teams"), number("days"), versions], rows.collect())
}

/// How many teams lock a version, and how many more are known to have downloaded it alone.
fn counted(used: &VersionInUse) -> String {
    let (all, received) = (used.teams.len(), used.by_downloads.len());
    match received {
        0 => all.to_string(),
        _ => format!("{}+{received} by downloads", all - received),
    }
}

pub(super) fn one_version(answer: &[OneVersionViolation]) -> Rows<4> {
    let rows = answer.iter().flat_map(|violation| {
        violation.versions.iter().map(|(version, teams)| {
            [
                Cell::new(&violation.name),
                Cell::new(version),
                Cell::new(marked(teams, &violation.by_downloads)),
                Cell::new(&violation.asked_by),
            ]
        })
    });
    let columns = [text("name", 8), text("version", 7), text("teams", 8), text("asked by", 8)];
    (columns, rows.collect())
}

pub(super) fn missed_patches(answer: &MissedPatches) -> Rows<6> {
    let rows = answer.missed.iter().map(|missed| {
        [
            Cell::new(missed.days_behind),
            Cell::new(&missed.name),
            Cell::new(&missed.locked),
            Cell::new(&missed.newest),
            Cell::new(missed.days),
            Cell::new(named(&missed.teams)),
        ]
    });
    let (name, locked) = (text("name", 8), text("locked", 7));
    let columns = [number("days behind"), name, locked, text("newest", 7)];
    let [behind, name, locked, newest] = columns;
    ([behind, name, locked, newest, number("out for days"), text("teams", 8)], rows.collect())
}

/// What of it is not known, and who can tell.
pub(super) fn missed_note(answer: &MissedPatches, patience: u16) -> String {
    let (known, not_known) = (answer.known, answer.not_known);
    let names: Vec<_> = answer.not_known_such_as.iter().map(PackageName::as_str).collect();
    let names = names.join(" ");
    match not_known {
        0 => format!(
            "of {known} locked releases that are judged; out for more than {patience} days counts"
        ),
        _ => format!(
            "out for more than {patience} days counts; not known of {not_known} of {} locked releases ({names}): no index entry of them, or none that \
             is as new as the lock; --server URL asks a depaudit server, and depaudit prefetch Cargo.lock \
             brings a server those of a lock",
            known + not_known
        ),
    }
}

pub(super) fn overrides(answer: &[StandingOverride]) -> Rows<9> {
    let rows = answer.iter().map(|it| {
        [
            Cell::new(it.standing.as_str()),
            Cell::new(it.days),
            Cell::new(&it.team),
            known(it.package.as_ref()),
            Cell::new(&it.target),
            Cell::new(it.difference()),
            known(it.owner.as_ref()),
            known(it.expires),
            Cell::new(format!("{} {}:{}", it.repository, it.path, it.line)),
        ]
    });
    let columns = [
        text("standing", 8),
        number("days"),
        text("team", 8),
        text("package", 8),
        text("target", 12),
        text("differs", 12),
        text("owner", 6),
        text("until", 10),
        text("where", 12),
    ];
    (columns, rows.collect())
}

pub(super) fn trend(answer: &[TrendPoint]) -> Rows<7> {
    let rows = answer.iter().map(|it| {
        let counts = [it.repositories, it.shared, it.drift, it.split_identities];
        let [repositories, shared, drift, split] = counts.map(Cell::new);
        let (overrides, undeclared) = (Cell::new(it.overrides), Cell::new(it.undeclared));
        [Cell::new(it.day), repositories, shared, drift, split, overrides, undeclared]
    });
    let columns = [
        text("day", 10),
        number("repositories"),
        number("shared"),
        number("drift"),
        number("split"),
        number("overrides"),
        number("undeclared"),
    ];
    (columns, rows.collect())
}

pub(super) fn teams(answer: &[TeamStanding]) -> Rows<9> {
    let rows = answer.iter().map(|it| {
        [
            Cell::new(it.score),
            Cell::new(&it.team),
            Cell::new(it.repositories),
            Cell::new(it.reported),
            Cell::new(it.behind),
            match it.days_not_known {
                0 => Cell::new(it.days_behind),
                not_known if not_known == it.behind => Cell::new("not known"),
                not_known => Cell::new(format!("{}, {not_known} not known", it.days_behind)),
            },
            Cell::new(it.split_identities),
            Cell::new(it.overrides),
            Cell::new(it.undeclared),
        ]
    });
    let columns = [
        number("score"),
        text("team", 8),
        number("repositories"),
        text("newest report", 10),
        number("behind"),
        number("days"),
        number("split"),
        number("overrides"),
        number("undeclared"),
    ];
    (columns, rows.collect())
}

pub(super) fn coverage(answer: &Coverage) -> Rows<9> {
    let day = |time: Option<Timestamp>| known(time.map(Day::of));
    let rows = answer.teams.iter().map(|it| {
        let held = it.against_record.as_ref();
        let count = |of: fn(&AgainstRecord) -> usize| known(held.map(of));
        let examples = held.iter().flat_map(|held| &held.examples).take(2);
        let examples: Vec<_> = examples.map(|it| format!("{} {}", it.name, it.version)).collect();
        [
            Cell::new(&it.team),
            Cell::new(it.covered.as_str()),
            day(it.reported),
            day(it.received),
            count(|held| held.locked),
            count(|held| held.received),
            known(held.and_then(|held| held.by_others)),
            count(|held| held.never),
            Cell::new(examples.join(", ")),
        ]
    });
    let columns = [
        text("team", 8),
        text("covered", 8),
        text("reported", 10),
        text("downloaded", 10),
        number("locked"),
        number("received"),
        number("by others"),
        number("by nobody"),
        text("such as", 10),
    ];
    (columns, rows.collect())
}

/// What the words of the table leave open.
pub(super) fn coverage_notes(answer: &Coverage) -> Vec<String> {
    let Some(begins) = answer.record_begins else { return Vec::new() };
    let has = |covered| answer.teams.iter().any(|it| it.covered == covered);
    let mut notes = Vec::new();
    if has(Covered::Partly) || has(Covered::Bypasses) {
        notes.push(format!(
            "by nobody: fetched past this server, or before its record begins ({}), or needed by no build \
             so far",
            Day::of(begins)
        ));
    }
    for team in &answer.teams {
        for it in team.against_record.iter().flat_map(|held| &held.other_registries) {
            let examples: Vec<_> =
                it.examples.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
            notes.push(format!(
                "{}: {} locked packages come from {}, which is not served here ({})",
                team.team,
                it.packages,
                it.registry,
                examples.join(", ")
            ));
        }
    }
    let not_knowable: usize = answer
        .teams
        .iter()
        .filter_map(|it| it.against_record.as_ref())
        .map(|held| held.not_knowable)
        .sum();
    if not_knowable > 0 {
        notes.push(format!(
            "{not_knowable} locked packages are from git or from registries not served here: no record \
             of this server tells of them"
        ));
    }
    notes
}
