//! Answers as tables.

use std::collections::BTreeSet;
use std::fmt::Display;

use depaudit_model::TeamId;
use depaudit_portfolio::question::{
    Across, Blast, Coverage, Drift, MissedPatches, OneVersionViolation, SplitIdentity,
    StandingOverride, Step, TeamStanding, TrendPoint, WhatIf,
};

use super::Rows;
use crate::output::{Cell, Column};

const fn text(title: &'static str, least: usize) -> Column {
    Column { title, least, number: false }
}

const fn number(title: &'static str) -> Column {
    Column { title, least: 4, number: true }
}

fn named(teams: &BTreeSet<TeamId>) -> String {
    teams.iter().map(TeamId::as_str).collect::<Vec<_>>().join(" ")
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
                Cell::new(named(&held.teams)),
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
            versions.map(|used| format!("{} ({})", used.version, used.teams.len())).collect();
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

pub(super) fn one_version(answer: &[OneVersionViolation]) -> Rows<4> {
    let rows = answer.iter().flat_map(|violation| {
        violation.versions.iter().map(|(version, teams)| {
            [
                Cell::new(&violation.name),
                Cell::new(version),
                Cell::new(named(teams)),
                Cell::new(&violation.asked_by),
            ]
        })
    });
    let columns = [text("name", 8), text("version", 7), text("teams", 8), text("asked by", 8)];
    (columns, rows.collect())
}

pub(super) fn missed_patches(answer: &MissedPatches) -> Rows<5> {
    let rows = answer.missed.iter().map(|missed| {
        [
            Cell::new(missed.days),
            Cell::new(&missed.name),
            Cell::new(&missed.locked),
            Cell::new(&missed.newest),
            Cell::new(named(&missed.teams)),
        ]
    });
    let (name, locked) = (text("name", 8), text("locked", 7));
    ([number("days"), name, locked, text("newest", 7), text("teams", 8)], rows.collect())
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

fn way(path: &[Step]) -> String {
    let steps: Vec<_> = path.iter().map(|step| format!("{} {}", step.name, step.version)).collect();
    steps.join(" > ")
}

/// A row for each binary, and one for a workspace that has none.
pub(super) fn blast(answer: &Blast) -> Rows<5> {
    let mut rows = Vec::new();
    for hit in &answer.workspaces {
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
    let it = &blast.totals;
    format!(
        "{}: hits {} teams, {} repositories, {} workspaces, {} binaries",
        blast.sought, it.teams, it.repositories, it.workspaces, it.binaries
    )
}

pub(super) fn what_if(answer: &WhatIf) -> Rows<5> {
    let rows = answer.effects.iter().map(|effect| {
        let places = effect.overrides.iter();
        let places: Vec<_> =
            places.map(|it| format!("{} {}:{}", it.repository, it.path, it.line)).collect();
        [
            Cell::new(&effect.name),
            Cell::new(&effect.version),
            Cell::new(&effect.identity),
            effect.instead.as_ref().map_or_else(|| Cell::new("nothing known"), Cell::new),
            Cell::new(places.join(", ")),
        ]
    });
    let (name, version, now) = (text("name", 8), text("version", 7), text("now", 12));
    ([name, version, now, text("instead", 8), text("overridden in", 8)], rows.collect())
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
            Cell::new(it.days_behind),
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

pub(super) fn coverage(answer: &Coverage) -> Rows<4> {
    let rows = answer.teams.iter().map(|it| {
        let (team, covered) = (Cell::new(&it.team), Cell::new(it.covered.as_str()));
        [team, covered, Cell::new(it.repositories), known(it.reported)]
    });
    let (team, covered) = (text("team", 8), text("covered", 8));
    ([team, covered, number("repositories"), text("newest report", 10)], rows.collect())
}
