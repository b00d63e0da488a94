use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, TeamId, Timestamp};
use depaudit_portfolio::report::PackageName;
use depaudit_store::{Arrival, StoredEvent, Tally, Traced};
use semver::Version;

use super::super::frame::Site;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::{Role, Visitor};
use super::times::Times;

/// How many counts are looked at, of so many principals, policies and versions; the newest incidents.
const MOST: usize = 20_000;
const MOST_INCIDENTS: usize = 1_000;

/// What the record tells.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    pub(super) received: Table,
    pub(super) timeline: Table,
    /// When what came to whom.
    pub(super) times: Times,
    /// Who was let through or refused.
    pub(super) teams: BTreeSet<TeamId>,
    /// Whether there is more on record than was looked at.
    pub(super) more: bool,
}

impl Receipts {
    pub(super) const fn is_empty(&self) -> bool {
        self.received.rows.is_empty() && self.timeline.rows.is_empty()
    }
}

/// One row of who received what.
#[derive(Debug)]
struct Received {
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

type Key = (TeamId, Option<Version>, &'static str, Option<Checksum>);

/// Who received it, and what happened to it, by the whole record. What other teams received is for
/// admins.
pub(super) async fn of(
    room: &Room,
    visitor: &Visitor,
    name: &PackageName,
    version: Option<&Version>,
) -> Result<Receipts, Problem> {
    // A package that no registry could have has no receipts.
    let Ok(name) = name.as_str().parse::<CrateName>() else { return Ok(Receipts::default()) };
    let team = match visitor.role() {
        Role::Reader(team) | Role::Owner(team) => Some(team.clone()),
        Role::Admin => None,
    };
    let log = &room.state().log;
    let of = Traced { name, version: version.cloned(), sha256: None, team };
    let tallies = log.tallies(&of, MOST).await?;
    let mut arrivals = log.arrivals(&of.name, of.team.as_ref(), MOST).await?;
    arrivals.retain(|it| version.is_none_or(|version| it.version == *version));
    let mut incidents = log.incidents(&of.name, MOST_INCIDENTS).await?;
    incidents.retain(|it| concerns(it, &of));
    let more = tallies.len() == MOST || arrivals.len() == MOST;
    Ok(Receipts {
        times: Times::of(&tallies, &incidents),
        teams: tallies.iter().map(|it| it.team.clone()).collect(),
        received: received(room.site(), tallies),
        timeline: timeline(room.site(), &arrivals, &incidents),
        more,
    })
}

/// What happened to the crate as a whole concerns each version, and what was at the upstream each team.
fn concerns(stored: &StoredEvent, of: &Traced) -> bool {
    let event = &stored.event;
    let own = |team: &TeamId| of.team.as_ref().is_none_or(|own| own == team);
    event.team.as_ref().is_none_or(own)
        && (of.version.is_none() || event.version.is_none() || event.version == of.version)
}

fn received(site: &Site, tallies: Vec<Tally>) -> Table {
    let mut received = BTreeMap::<Key, Received>::new();
    for it in tallies {
        let key = (it.team, it.version, it.decision.as_str(), it.sha256);
        let known = received.entry(key);
        let known = known.or_insert(Received { first: it.first, last: it.last, count: 0 });
        known.first = known.first.min(it.first);
        known.last = known.last.max(it.last);
        known.count += it.count;
    }
    let mut rows: Vec<_> = received.into_iter().collect();
    // Stable: of one moment, teams stand in the order of their names.
    rows.sort_by_key(|(_, it)| std::cmp::Reverse(it.last));
    let cells = |((team, version, decision, sha256), it): &(Key, Received)| {
        vec![
            Cell::team(site, team),
            known(version.as_ref()),
            Cell::new(decision),
            digest(sha256.as_ref()),
            Cell::time(it.first),
            Cell::time(it.last),
            Cell::new(it.count),
        ]
    };
    let columns =
        vec!["Team", "Version", "Decision", "SHA-256", "First (UTC)", "Last (UTC)", "Times"];
    Table::brief("Who received it", columns, &rows, cells)
}

/// When each version first came to each team, and what else happened; the newest first.
fn timeline(site: &Site, arrivals: &[Arrival], incidents: &[StoredEvent]) -> Table {
    let arrived = arrivals.iter().map(|it| {
        let cells = vec![
            Cell::time(it.first),
            Cell::new("came to the team first"),
            Cell::team(site, &it.team),
            Cell::new(&it.version),
            digest(Some(&it.sha256)),
        ];
        (it.first, it.first_index, cells)
    });
    let happened = incidents.iter().map(|it| {
        let event = &it.event;
        let cells = vec![
            Cell::time(event.time),
            Cell::new(event.kind.as_str()),
            event.team.as_ref().map_or_else(|| Cell::new(""), |it| Cell::team(site, it)),
            known(event.version.as_ref()),
            digest(event.sha256.as_ref()),
        ];
        (event.time, it.index, cells)
    });
    let mut rows: Vec<_> = arrived.chain(happened).collect();
    rows.sort_by_key(|(time, index, _)| std::cmp::Reverse((*time, *index)));
    let columns = vec!["When (UTC)", "What", "Team", "Version", "SHA-256"];
    Table::brief("What happened", columns, &rows, |(_, _, cells)| cells.clone())
}

fn known(text: Option<&impl std::fmt::Display>) -> Cell {
    text.map_or_else(|| Cell::new(""), Cell::new)
}

fn digest(sha256: Option<&Checksum>) -> Cell {
    let text = sha256.map_or_else(String::new, ToString::to_string);
    Cell::new(text.get(..12).unwrap_or(&text)).class("code")
}
