use std::collections::BTreeMap;

use depaudit_model::event::EventKind;
use depaudit_model::{TeamId, Timestamp};
use depaudit_portfolio::report::PackageName;
use depaudit_store::{EventFilter, EventOrder};
use semver::Version;

use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;

/// How many of the newest downloads are looked at: the page is no trace of everything.
pub(super) const LOOKED_AT: usize = 1_000;

#[derive(Debug)]
struct Received {
    first: Timestamp,
    last: Timestamp,
    count: usize,
}

/// Who received it, by the newest downloads on record. What other teams received is for admins.
pub(super) async fn table(
    room: &Room,
    visitor: &Visitor,
    name: &PackageName,
    version: Option<&Version>,
) -> Result<Table, Problem> {
    let mut table = Table {
        name: "Who received it",
        columns: vec!["Team", "Version", "Decision", "SHA-256", "First", "Last", "Times"],
        ..Table::default()
    };
    // A package that no registry could have has no receipts.
    let Ok(crate_name) = name.as_str().parse() else { return Ok(table) };
    let filter = EventFilter {
        name: Some(crate_name),
        version: version.cloned(),
        kinds: vec![EventKind::DownloadDecided],
        ..EventFilter::default()
    };
    let events = room.state().log.read(&filter, EventOrder::NewestFirst, LOOKED_AT).await?;
    let mut received: BTreeMap<(TeamId, Version, String, String), Received> = BTreeMap::new();
    for stored in events {
        let event = stored.event;
        let (Some(team), Some(version)) = (event.team, event.version) else { continue };
        if !visitor.sees_receipts_of(&team) {
            continue;
        }
        let decision = event.decision.map_or_else(String::new, |it| it.as_str().to_owned());
        let digest = event.sha256.map_or_else(String::new, |it| it.to_string());
        // The newest come first.
        let known = received.entry((team, version, decision, digest));
        let known = known.or_insert(Received { first: event.time, last: event.time, count: 0 });
        known.first = event.time;
        known.count += 1;
    }
    let rows = received.into_iter().map(|((team, version, decision, digest), it)| {
        vec![
            Cell::new(team),
            Cell::new(version),
            Cell::new(decision),
            Cell::new(digest.get(..12).unwrap_or(&digest)).class("code"),
            Cell::new(it.first),
            Cell::new(it.last),
            Cell::new(it.count),
        ]
    });
    table.rows = rows.collect();
    Ok(table)
}
