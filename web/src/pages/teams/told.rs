//! What reports tell of one team, as tables.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use depaudit_policy::{Advisories, Advisory, Level};
use depaudit_portfolio::question::{Drifting, Old, SplitIdentity};
use depaudit_portfolio::report::{Branch, PackageName, Report, Repository, Source};
use semver::Version;

use super::super::advice;
use super::super::frame::Site;
use super::super::room::Asking;
use super::super::rulings::AdvisoryBook;
use super::super::table::{Cell, Table};

/// The newest report of each branch of each repository.
pub(super) fn branches(asking: &Asking, team: &TeamId) -> Table {
    let mut newest = BTreeMap::<(&Repository, &Branch), &Report>::new();
    // The oldest come first.
    for report in asking.history().reports().iter().filter(|it| it.origin.team == *team) {
        newest.insert((&report.origin.repository, &report.origin.branch), report);
    }
    let speaking = asking.portfolio().reports().iter().filter(|it| it.origin.team == *team);
    let speaking: BTreeSet<_> = speaking.map(|it| &it.origin).collect();
    let rows: Vec<_> = newest.into_values().collect();
    let cells = |it: &&Report| {
        let counts = if speaking.contains(&it.origin) { "counts" } else { "" };
        let commit = it.origin.commit.as_ref().map_or("", |commit| commit.as_str());
        let findings = |level: Level| {
            let at = it.findings.iter().filter(|tally| tally.level == level);
            at.map(|tally| u64::from(tally.standing)).sum::<u64>()
        };
        let (deny, warn) = (findings(Level::Deny), findings(Level::Warn));
        let class = match (deny, warn) {
            (0, 0) => "allowed",
            (0, _) => "soft",
            _ => "hard",
        };
        vec![
            Cell::new(&it.origin.repository),
            Cell::new(&it.origin.branch),
            Cell::new(commit.get(..12).unwrap_or(commit)).class("code"),
            Cell::time(it.time),
            Cell::new(format!("{deny} denied, {warn} warned")).class(class),
            Cell::new(it.packages.len()).class("number"),
            Cell::new(it.overrides.iter().filter(|it| !it.is_approved_proxy()).count())
                .class("number"),
            Cell::new(counts),
        ]
    };
    let columns = vec![
        "Repository",
        "Branch",
        "Commit",
        "Scanned (UTC)",
        "Findings",
        "Locked crates",
        "Overrides",
        "In the counts",
    ];
    Table::brief("Repositories and branches", columns, &rows, cells)
}

/// Where it is not at the newest version in use, the worst first.
pub(super) fn behind(asking: &Asking, site: &Site, team: &TeamId) -> Table {
    let (drift, only) = (asking.drift(), BTreeSet::from([team.clone()]));
    let old = |it: &Drifting| it.versions.iter().skip(1).any(|used| used.teams.contains(team));
    let crates: Vec<_> = drift.crates.iter().filter(|it| old(it)).collect();
    let cells = |it: &&Drifting| {
        let (newest, older) = match it.versions.split_first() {
            Some((newest, older)) => (Some(newest), older),
            None => (None, &[][..]),
        };
        let held: Vec<_> = older.iter().filter(|used| used.teams.contains(team)).collect();
        let versions: Vec<_> = held.iter().map(|used| used.version.to_string()).collect();
        let days = held.iter().filter_map(|used| used.days_behind).max();
        let ahead = newest.into_iter().flat_map(|used| &used.teams).filter(|it| *it != team);
        let to = newest.map_or_else(String::new, |used| used.version.to_string());
        // The oldest has the longest way.
        let todo = newest.zip(held.last()).map_or_else(Cell::default, |(newest, used)| {
            let old = Old { name: &it.name, locked: &used.version, to: &newest.version };
            Cell::advice(advice::remedies(asking, old, &only))
        });
        vec![
            Cell::linked(&it.name, site.path(["crate", it.name.as_str()])),
            Cell::new(versions.join(", ")),
            Cell::new(&to),
            Cell::teams(site, ahead),
            days.map_or_else(|| Cell::new("not known"), Cell::new).class("number"),
            Cell::new(it.score).class("number"),
            todo,
        ]
    };
    let columns =
        vec!["Crate", "Locked", "Newest in use", "Who has it", "Days behind", "Score", "To do"];
    Table::brief("Where it is behind", columns, &crates, cells)
}

/// What is not the same bytes as somebody else's.
pub(super) fn split(split: &[SplitIdentity], site: &Site, team: &TeamId) -> Table {
    let real = split.iter().filter(|it| !it.is_name_alone());
    let own: Vec<_> = real.filter(|it| it.having().contains(team)).collect();
    let cells = |it: &&SplitIdentity| {
        let (mine, others): (Vec<_>, Vec<_>) =
            it.identities.iter().partition(|held| held.teams.contains(team));
        let mine: Vec<_> = mine.into_iter().map(|held| held.identity.as_str()).collect();
        let others: BTreeSet<_> = others.into_iter().flat_map(|held| &held.teams).collect();
        let causes: Vec<_> = it.causes.iter().map(|cause| cause.as_str()).collect();
        let version = it.version.to_string();
        vec![
            Cell::linked(
                format!("{} {version}", it.name),
                site.path(["crate", it.name.as_str(), &version]),
            ),
            Cell::new(causes.join(", ")).class("hard"),
            Cell::new(mine.join(", ")),
            Cell::teams(site, others),
        ]
    };
    let columns = vec!["Release", "Because of", "What it is here", "Who has something else"];
    Table::brief("Split identities", columns, &own, cells)
}

/// What the advisories say of what a team locks.
#[derive(Debug)]
pub(super) enum Advised {
    NoDatabase,
    Unreadable,
    Found(Table),
}

/// A release that an advisory is about, and who locks it. What only informs stands last.
type Key<'a> = (bool, &'a str, &'a PackageName, &'a Version);
type Hit<'a> = (Key<'a>, (&'a Advisory, BTreeSet<&'a Repository>));

pub(super) fn advised(asking: &Asking, site: &Site, team: &TeamId, book: &AdvisoryBook) -> Advised {
    let advisories: &Advisories = match book {
        AdvisoryBook::None => return Advised::NoDatabase,
        AdvisoryBook::Unreadable => return Advised::Unreadable,
        AdvisoryBook::Read(advisories) => advisories,
    };
    let mut hits = BTreeMap::<Key<'_>, (&Advisory, BTreeSet<&Repository>)>::new();
    for report in asking.portfolio().reports().iter().filter(|it| it.origin.team == *team) {
        let released = report.packages.iter().filter(|it| it.source == Source::CratesIo);
        for package in released {
            let about = advisories.of_crate(package.name.as_str()).iter();
            for it in about.filter(|it| it.affects(&package.version)) {
                let key = (it.informational, &*it.id, &package.name, &package.version);
                let (_, repositories) = hits.entry(key).or_insert((it, BTreeSet::new()));
                repositories.insert(&report.origin.repository);
            }
        }
    }
    let rows: Vec<Hit<'_>> = hits.into_iter().collect();
    let columns = vec!["Advisory", "What", "Release", "Mended in", "Repositories"];
    let cells = |hit: &Hit<'_>| advice(site, hit);
    Advised::Found(Table::brief("Advisories", columns, &rows, cells))
}

fn advice(
    site: &Site,
    ((informs, id, name, version), (advisory, repositories)): &Hit<'_>,
) -> Vec<Cell> {
    let named: Vec<_> = repositories.iter().map(|it| it.as_str()).collect();
    let text = version.to_string();
    let (class, informs) = if *informs { ("soft", " (informs)") } else { ("hard", "") };
    vec![
        Cell::new(id).class(class),
        Cell::new(format!("{}{informs}", advisory.title)),
        Cell::linked(format!("{name} {text}"), site.path(["crate", name.as_str(), &text])),
        Cell::new(mended(advisory)),
        Cell::new(named.join(", ")),
    ]
}

/// The releases that mend it, in words.
pub(in super::super) fn mended(advisory: &Advisory) -> String {
    let patched: Vec<_> = advisory.patched.iter().map(ToString::to_string).collect();
    if patched.is_empty() { "no release".to_owned() } else { patched.join(", ") }
}
