use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_portfolio::question::{
    Covered, Drifting, MissedPatch, Old, SplitCause, SplitIdentity, Standing, StandingOverride,
    TeamCoverage,
};

use depaudit_portfolio::report::PackageName;

use super::super::advice::{self, Advice};
use super::super::frame::Site;
use super::super::room::Asking;
use super::super::table::{Cell, Table};
use super::advised;

/// How many of one kind are shown: the pages have them all.
const OF_A_KIND: usize = 3;

/// Something to do today.
#[derive(Debug)]
pub(super) struct Worst {
    /// The parts of the path of the page that tells more.
    pub(super) page: Vec<String>,
    /// What is wrong.
    pub(super) what: String,
    /// For whom.
    pub(super) whom: Vec<TeamId>,
    /// What to do about it.
    pub(super) todo: Advice,
}

pub(super) fn table(worst: &[Worst], site: &Site) -> Table {
    let cells = |it: &Worst| {
        vec![
            Cell::linked(&it.what, site.path(it.page.iter().map(String::as_str))),
            Cell::teams(site, &it.whom),
            Cell::advice(it.todo.clone()),
        ]
    };
    Table::of("What is worst now", vec!["What", "Who", "What to do"], worst, 0, cells, |_| None)
}

/// What is worst now, by kind.
pub(super) fn of(asking: &Asking, site: &Site) -> Vec<Worst> {
    let (standing, drift, missed) = (asking.standing(), asking.drift(), asking.missed());
    let mut split: Vec<_> = asking.split().iter().filter(|it| !it.is_name_alone()).collect();
    split.sort_by_key(|it| (it.causes.first().copied(), std::cmp::Reverse(it.teams)));
    let undeclared = standing.iter().filter(|it| it.standing < Standing::Declared);
    let unseen = asking.coverage().teams.into_iter().filter(|it| !it.covered.is_seen());
    let mut worst = Vec::new();
    worst.extend(split.into_iter().take(OF_A_KIND).map(|it| of_split(asking, site, it)));
    worst.extend(advised::worst(asking, OF_A_KIND));
    worst.extend(undeclared.take(OF_A_KIND).map(of_override));
    worst.extend(drift.crates.iter().take(OF_A_KIND).map(|it| of_drift(asking, it)));
    worst.extend(missed.missed.iter().take(OF_A_KIND).map(|it| of_missed(asking, it)));
    worst.extend(unseen.take(OF_A_KIND).map(|it| of_team(site, &it)));
    worst
}

pub(super) fn of_crate(name: &PackageName) -> Vec<String> {
    vec!["crate".to_owned(), name.to_string()]
}

fn of_split(asking: &Asking, site: &Site, it: &SplitIdentity) -> Worst {
    let how = match it.causes.first() {
        Some(SplitCause::Checksum) => "has two checksums",
        Some(SplitCause::StandIn) => "is a folder where the lock names the release",
        Some(SplitCause::Kind) => "is the release for some, and a fork for others",
        Some(SplitCause::GitUrl) => "comes from two git repositories",
        Some(SplitCause::GitCommit) => "comes from two commits",
        Some(SplitCause::Folders) | None => "is in folders of several teams",
    };
    let mut teams = BTreeSet::new();
    teams.extend(it.identities.iter().flat_map(|held| held.teams.iter().cloned()));
    Worst {
        page: of_crate(&it.name),
        what: format!("{} {} {how}", it.name, it.version),
        whom: teams.into_iter().collect(),
        todo: advice::diff(asking, site, it),
    }
}

fn of_override(it: &StandingOverride) -> Worst {
    let package = it.package.as_ref().map_or_else(|| "a source".to_owned(), ToString::to_string);
    let (state, todo) = match it.standing {
        Standing::Expired => {
            ("declared until a day that has passed", "renew the declaration, or drop")
        }
        Standing::Incomplete => {
            ("declared without all that a declaration needs", "complete it, or drop")
        }
        _ => ("not declared", "declare it under [[override]] in depaudit.toml, or drop"),
    };
    Worst {
        page: it.package.as_ref().map_or_else(|| vec!["overrides".to_owned()], of_crate),
        what: format!(
            "{package} is overridden by {} for {} days, {state}",
            it.kind.as_str(),
            it.days
        ),
        whom: vec![it.team.clone()],
        todo: Advice::Words(format!("{todo} {}:{} of {}", it.path, it.line, it.repository)),
    }
}

fn of_drift(asking: &Asking, it: &Drifting) -> Worst {
    let (newest, oldest) = (it.versions.first(), it.versions.last());
    let span = match (oldest, newest) {
        (Some(old), Some(new)) => format!("between {} and {}", old.version, new.version),
        _ => "at several versions".to_owned(),
    };
    let received = it.versions.iter().any(|used| !used.by_downloads.is_empty());
    let by_downloads = if received { ", for some by downloads alone" } else { "" };
    let remedies = oldest.zip(newest).map(|(oldest, newest)| {
        let old = Old { name: &it.name, locked: &oldest.version, to: &newest.version };
        advice::remedies(asking, old, &oldest.teams)
    });
    Worst {
        page: of_crate(&it.name),
        what: format!("{} is {span}{by_downloads}", it.name),
        whom: oldest.map(|old| old.teams.iter().cloned().collect()).unwrap_or_default(),
        todo: remedies.unwrap_or_else(|| Advice::words("")),
    }
}

fn of_missed(asking: &Asking, it: &MissedPatch) -> Worst {
    let old = Old { name: &it.name, locked: &it.locked, to: &it.newest };
    Worst {
        page: of_crate(&it.name),
        what: format!(
            "{} {} has been out for {} days, {} is locked",
            it.name, it.newest, it.days, it.locked
        ),
        whom: it.teams.iter().cloned().collect(),
        todo: advice::update(asking, old, &it.teams),
    }
}

fn of_team(site: &Site, it: &TeamCoverage) -> Worst {
    let (what, todo) = match it.covered {
        Covered::Unseen | Covered::NeverReported => {
            ("nobody knows what it locks", advice::report(site, &it.team))
        }
        Covered::Bypasses => ("it received nothing here of what it locks", advice::look(&it.team)),
        Covered::Elsewhere => (
            "it locks crates of a registry that is not served here",
            Advice::words("serve that registry here as well"),
        ),
        Covered::Old | Covered::Partly | Covered::Yes => {
            ("its newest report is old", Advice::words("look why its CI does not report"))
        }
    };
    Worst {
        page: vec!["coverage".to_owned()],
        what: format!("{}: {what}", it.team),
        whom: vec![it.team.clone()],
        todo,
    }
}
