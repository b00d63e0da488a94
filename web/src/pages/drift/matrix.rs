use std::cmp::Reverse;
use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_portfolio::question::{Drift, Drifting, TeamBehind};
use semver::Version;

use super::super::chart::{Bar, Bars};
use super::super::frame::{Frame, Site};
use super::super::table::{Cell, Cut, Most, Table, cut, weight};
use super::filter::Filter;

/// What a page shows: other parts of the page have 100 KB at most.
const SHOWN: Most = Most { rows: 50, bytes: 180_000 };
/// How many teams a table can have as columns, and how many bars a picture.
const COLUMNS: usize = 64;

/// Crates by teams.
#[derive(Debug)]
pub(super) struct Matrix {
    pub(super) teams: Vec<TeamId>,
    pub(super) more_teams: usize,
    pub(super) rows: Vec<Row>,
    pub(super) cut: Option<Cut>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) score: u64,
    /// One for each team; empty where it does not lock the crate.
    pub(super) cells: Vec<Vec<Standing>>,
}

/// A version that a team locks, seen from the newest one in use.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) version: String,
    /// The sign beside it, so that nobody needs the colour.
    pub(super) sign: &'static str,
    pub(super) means: &'static str,
    pub(super) class: &'static str,
    /// Whether the team has never reported: it downloaded this, and what it locks is not known.
    pub(super) by_downloads: bool,
}

impl Matrix {
    pub(super) fn of(frame: &Frame<'_>, chosen: &[&Drifting], filter: &Filter) -> Self {
        let mut teams = columns(chosen, filter);
        let more_teams = teams.len().saturating_sub(COLUMNS);
        teams.truncate(COLUMNS);
        let page = |from: usize| {
            let mut pairs = filter.pairs();
            pairs.push(("from", from.to_string()));
            Some(frame.query(&["drift"], &pairs))
        };
        let row = |it: &&Drifting| Row {
            name: it.name.to_string(),
            link: frame.path(&["crate", it.name.as_str()]),
            score: it.score,
            cells: teams.iter().map(|team| standings(it, team)).collect(),
        };
        let from = filter.from.unwrap_or(0);
        let (rows, cut) = cut(chosen, from, SHOWN, row, Row::weight, page);
        Self { rows, teams, more_teams, cut }
    }
}

impl Row {
    /// About how many bytes of a page it takes.
    fn weight(&self) -> usize {
        let standing = |it: &Standing| 100 + it.means.len() + weight(&it.version);
        let cells = self.cells.iter().map(|cell| 10 + cell.iter().map(standing).sum::<usize>());
        100 + weight(&self.name) + weight(&self.link) + cells.sum::<usize>()
    }
}

/// The teams that lock any of these, the one that was asked for first.
fn columns(chosen: &[&Drifting], filter: &Filter) -> Vec<TeamId> {
    let locking = chosen.iter().flat_map(|it| &it.versions).flat_map(|used| &used.teams);
    let mut teams: Vec<_> = locking.collect::<BTreeSet<_>>().into_iter().cloned().collect();
    // Stable: the others stay in the order of their names.
    teams.sort_by_key(|team| !filter.is_team(team));
    teams
}

fn standings(it: &Drifting, team: &TeamId) -> Vec<Standing> {
    let Some(newest) = it.versions.first() else { return Vec::new() };
    let held = it.versions.iter().filter(|used| used.teams.contains(team));
    held.map(|used| {
        let by_downloads = used.by_downloads.contains(team);
        Standing { by_downloads, ..standing(&newest.version, &used.version) }
    })
    .collect()
}

fn standing(newest: &Version, version: &Version) -> Standing {
    let (sign, means, class) = if version == newest {
        ("●", "the newest in use", "near0")
    } else if (version.major, version.minor) == (newest.major, newest.minor) {
        ("◔", "behind by a patch release", "near1")
    } else if version.major == newest.major && newest.major > 0 {
        ("◑", "behind by a minor release", "near2")
    } else {
        ("○", "behind, and not compatible", "near3")
    };
    let version = super::super::chart::fitting(&version.to_string(), 40);
    Standing { version, sign, means, class, by_downloads: false }
}

/// How far behind each team is, over all crates that drift: as a picture, and as a table.
pub(super) fn behind(drift: &Drift, site: &Site) -> (Bars, Table) {
    let mut teams: Vec<_> = drift.behind().into_iter().collect();
    teams.sort_by_key(|(_, behind)| Reverse((behind.days, behind.behind)));
    let bars: Vec<_> = teams.iter().take(COLUMNS).map(|(team, it)| bar(team, it)).collect();
    let title = "How many days each team is behind the newest version in use, over all crates; the \
                 table has the figures";
    let cells = |(team, it): &(&TeamId, TeamBehind)| {
        vec![
            Cell::team(site, team),
            Cell::new(it.ahead),
            Cell::new(it.behind),
            Cell::new(days(it.behind, it.days, it.not_known)),
        ]
    };
    let columns = vec!["Team", "Crates at the newest", "Crates behind", "Days behind, in all"];
    let table = Table::of("Who is ahead and behind", columns, &teams, 0, cells, |_| None);
    (Bars::new(title.to_owned(), &bars), table)
}

/// The days that a team is behind, over so many crates, and of how many of these nobody knows.
pub(in super::super) fn days(crates: usize, days: u64, not_known: usize) -> String {
    match not_known {
        0 => days.to_string(),
        _ if not_known == crates => "not known".to_owned(),
        _ => format!("{days} ({not_known} of {crates} crates not known)"),
    }
}

fn bar(team: &TeamId, it: &TeamBehind) -> Bar {
    let value = format!("{} days, {} crates", days(it.behind, it.days, it.not_known), it.behind);
    Bar { label: team.to_string(), length: it.days, value }
}
