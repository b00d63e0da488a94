//! `/audit`: the record, searched; one event with all that it says; and how far it is signed for.

mod event;
mod filter;
mod follower;
mod live;
mod places;
mod proof;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use depaudit_model::Timestamp;
use depaudit_model::event::EventKind;
use depaudit_policy::door::DoorRule;
use depaudit_store::{EventFilter, EventOrder, StoredEvent};
use http::{StatusCode, header};

use super::asked::Asked;
use super::export;
use super::frame::{Entry, Frame};
use super::outside as filters;
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::{Cell, Table};
use super::visitor::Visitor;
use filter::{Faults, Filter, Unusable};
pub use places::Following;

/// How many events a page shows, and an export has at most.
const ROWS: usize = 100;
const EXPORTED: usize = 10_000;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/audit", get(audit))
        .route("/audit.csv", get(csv))
        .route("/audit.jsonl", get(json_lines))
        .route("/audit/{index}", get(one))
        .route("/audit/{index}/proof", get(proof::download))
        .merge(live::routes())
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    frame: Frame<'a>,
    filter: &'a Filter,
    /// What of the filter makes no sense.
    faults: Faults,
    length: u64,
    signed: Option<Signed>,
    table: Table,
    /// Where the events after these are, when they are read from the oldest on.
    next: Option<String>,
    exports: [String; 2],
}

/// How far the record is signed for.
#[derive(Debug)]
struct Signed {
    size: u64,
    time: Timestamp,
    note: String,
}

async fn audit(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let (events, faults) = match filter.wanted(&visitor, room.state().clock.now()) {
        Ok(wanted) => (found(&room, &filter, &wanted, ROWS).await?, Faults::default()),
        Err(Unusable::Wrong(faults)) => (Vec::new(), faults),
        Err(Unusable::Problem(problem)) => return Err(problem),
    };
    let log = &room.state().log;
    let signed = log.checkpoints().await?.pop();
    let frame = room.frame(Entry::Audit, &visitor);
    let next = filter.is_from_the_oldest().then(|| events.last()).flatten();
    let next = next.filter(|_| events.len() == ROWS);
    let next = next.map(|last| frame.query(&["audit"], &filter.pairs(Some(last.index + 1))));
    let export = |end: &str| frame.query(&[&format!("audit.{end}")], &filter.pairs(filter.from));
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mut response = page::respond(&AuditPage {
        frame,
        filter: &filter,
        faults,
        length: log.length().await?,
        signed: signed.map(|it| Signed { size: it.size, time: it.time, note: it.note }),
        table: table(&frame, &events),
        next,
        exports: [export("csv"), export("jsonl")],
    });
    *response.status_mut() = status;
    Ok(response)
}

/// The events that a visitor may see of those that are asked for.
async fn read(
    room: &Room,
    visitor: &Visitor,
    filter: &Filter,
    most: usize,
) -> Result<Vec<StoredEvent>, Problem> {
    let wanted = filter.wanted(visitor, room.state().clock.now())?;
    found(room, filter, &wanted, most).await
}

async fn found(
    room: &Room,
    filter: &Filter,
    wanted: &EventFilter,
    most: usize,
) -> Result<Vec<StoredEvent>, Problem> {
    let order =
        if filter.is_from_the_oldest() { EventOrder::OldestFirst } else { EventOrder::NewestFirst };
    Ok(room.state().log.read(wanted, order, most).await?)
}

fn table(frame: &Frame<'_>, events: &[StoredEvent]) -> Table {
    let row = |stored: &StoredEvent| {
        let event = &stored.event;
        let index = stored.index.to_string();
        let name = match &event.name {
            Some(name) => {
                Cell::linked(event::subject(event), frame.path(&["crate", name.as_str()]))
            }
            None => Cell::default(),
        };
        vec![
            Cell::linked(&index, frame.path(&["audit", &index])),
            Cell::time(event.time),
            Cell::new(event.kind.as_str()),
            event.team.as_ref().map_or_else(Cell::default, |it| Cell::team(frame.site, it)),
            name,
            Cell::new(event::what(event)).class(event::class(event)),
        ]
    };
    Table {
        name: "Events",
        columns: vec!["Index", "Time (UTC)", "Kind", "Team", "Crate", "What"],
        rows: events.iter().map(row).collect(),
        cut: None,
    }
}

async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let events = read(&room, &visitor, &filter, EXPORTED).await?;
    let rows = events.iter().map(|stored| {
        let event = &stored.event;
        let text =
            |it: Option<&dyn std::fmt::Display>| it.map_or_else(String::new, |it| it.to_string());
        [
            stored.index.to_string(),
            event.time.to_string(),
            event.kind.as_str().to_owned(),
            text(event.team.as_ref().map(|it| it as _)),
            text(event.principal.as_ref().map(|it| it as _)),
            text(event.name.as_ref().map(|it| it as _)),
            text(event.version.as_ref().map(|it| it as _)),
            text(event.sha256.as_ref().map(|it| it as _)),
            event::what(event),
        ]
    });
    let titles =
        ["index", "time", "kind", "team", "principal", "crate", "version", "sha256", "what"];
    Ok(export::csv("audit", titles, rows))
}

/// The leaves, as they stand in the ledger: each line can be hashed.
async fn json_lines(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let events = read(&room, &visitor, &filter, EXPORTED).await?;
    let mut lines = Vec::new();
    for stored in events {
        lines.extend_from_slice(&stored.leaf);
        lines.push(b'\n');
    }
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, Body::from(lines)).into_response())
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage<'a> {
    frame: Frame<'a>,
    stored: &'a StoredEvent,
    leaf: String,
    /// Where its proof is, once a checkpoint has it.
    proof: Option<String>,
    /// What the proof is called when it is saved.
    file: String,
    /// Who asked: for those who may see it.
    client: Option<String>,
}

impl EventPage<'_> {
    /// The rule that decided, where this server still has a page of it.
    fn rule(&self) -> Option<(String, String)> {
        let rule: DoorRule = self.stored.event.rule.as_ref()?.parse().ok()?;
        let name = rule.as_str();
        Some((name.to_owned(), self.frame.path(&["policy", "rule", name])))
    }
}

async fn one(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(index): Path<u64>,
) -> Result<Response, Problem> {
    let stored = seen_event(&room, &visitor, index).await?;
    let signed = room.state().log.checkpoints().await?.pop().map_or(0, |it| it.size);
    let client = visitor.is_admin().then(|| event::client(&stored));
    let frame = room.frame(Entry::Audit, &visitor);
    let proof = || frame.path(&["audit", &index.to_string(), "proof"]);
    Ok(page::respond(&EventPage {
        frame,
        leaf: String::from_utf8_lossy(&stored.leaf).into_owned(),
        stored: &stored,
        proof: (index < signed).then(proof),
        file: proof::file_name(index),
        client,
    }))
}

/// An event, for whoever may see it.
async fn seen_event(room: &Room, visitor: &Visitor, index: u64) -> Result<StoredEvent, Problem> {
    let length = room.state().log.length().await?;
    // How many events others have is an admin's to know.
    let none = || match (visitor.is_admin(), length.checked_sub(1)) {
        (true, Some(last)) => Problem::NotFound(format!(
            "there is no event {index}: the record has {length} events, 0 to {last}"
        )),
        (true, None) => Problem::NotFound("there is no event on record yet".to_owned()),
        (false, _) => Problem::NotFound(format!("there is no event {index} that you may see")),
    };
    let filter = EventFilter { from: index, ..EventFilter::default() };
    let found = room.state().log.read(&filter, EventOrder::OldestFirst, 1).await?.pop();
    let stored = found.filter(|it| it.index == index).ok_or_else(none)?;
    let seen = match &stored.event.team {
        Some(team) => visitor.sees_receipts_of(team),
        None => visitor.is_admin(),
    };
    // As if there were none: how many events others have is theirs.
    if seen { Ok(stored) } else { Err(none()) }
}
