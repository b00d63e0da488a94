//! `/policy/waivers`: what was let through until a day, and what waits to be; `/policy/waiver/{id}`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use depaudit_policy::{Day, Link};
use depaudit_store::Waiver;
use serde::Serialize;

use super::super::asked::Asked;
use super::super::export;
use super::super::frame::{Entry, Frame};
use super::super::outside as filters;
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;
use super::rule::Begin;
use super::standing::{Standing, covers, whose};
use super::{KeptWaiver, team_of};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/waivers", get(waivers))
        .route("/policy/waivers.csv", get(csv))
        .route("/policy/waivers.json", get(json))
        .route("/policy/waiver/{id}", get(waiver))
}

/// A waiver as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(flatten)]
    pub(super) waiver: Waiver,
    #[serde(serialize_with = "in_a_word")]
    pub(super) state: Standing,
}

fn in_a_word<S: serde::Serializer>(state: &Standing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

/// What a visitor may see of them: what may open something first, by expiry; then what has ended, the
/// latest first.
pub(super) async fn seen(room: &Room, visitor: &Visitor) -> Result<Vec<Row>, Problem> {
    let kept = room.desk().waivers(team_of(visitor)).await?;
    let today = Day::of(room.state().clock.now());
    let row = |kept: KeptWaiver| Row { state: Standing::of(&kept, today), waiver: kept.waiver };
    let rows = kept.into_iter().map(row);
    let (mut live, mut over): (Vec<_>, Vec<_>) = rows.partition(|row| row.state.is_live());
    live.sort_by_key(|row| row.waiver.expires);
    over.sort_by_key(|row| std::cmp::Reverse(row.waiver.expires));
    live.append(&mut over);
    Ok(live)
}

#[derive(Template)]
#[template(path = "policy/waivers.html")]
struct WaiversPage<'a> {
    frame: Frame<'a>,
    table: Table,
}

async fn waivers(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(Begin { from }): Asked<Begin>,
) -> Result<Response, Problem> {
    let rows = seen(&room, &visitor).await?;
    let frame = room.frame(Entry::Policy, &visitor);
    Ok(page::respond(&WaiversPage { frame, table: table(&frame, &rows, from) }))
}

pub(super) fn path(frame: &Frame<'_>, waiver: &Waiver) -> String {
    frame.path(&["policy", "waiver", waiver.id.as_str()])
}

fn table(frame: &Frame<'_>, rows: &[Row], from: usize) -> Table {
    let cells = |Row { waiver, state }: &Row| {
        vec![
            Cell::linked(&waiver.id, path(frame, waiver)),
            Cell::new(state.word()).class(state.class()),
            Cell::new(Day::of(waiver.expires)),
            Cell::new(covers(waiver)),
            Cell::new(whose(waiver)),
            Cell::new(&waiver.owner),
            Cell::new(&waiver.reason),
            Cell::new(&waiver.proposed.by),
            Cell::new(waiver.granted.as_ref().map_or("", |act| &act.by)),
        ]
    };
    let columns = vec![
        "Waiver",
        "State",
        "Ends",
        "For",
        "Team",
        "Owner",
        "Reason",
        "Asked for by",
        "Granted by",
    ];
    let next =
        |from: usize| Some(frame.query(&["policy", "waivers"], &[("from", from.to_string())]));
    Table::of("Waivers", columns, rows, from, cells, next)
}

async fn json(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&seen(&room, &visitor).await?))
}

async fn csv(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let rows = seen(&room, &visitor).await?;
    let titles = [
        "waiver",
        "state",
        "ends",
        "for",
        "registry",
        "team",
        "owner",
        "reason",
        "link",
        "asked for by",
        "granted by",
        "ended by",
        "ended because",
    ];
    let row = |Row { waiver, state }: &Row| {
        let by =
            |act: Option<&depaudit_store::Act>| act.map_or_else(String::new, |it| it.by.clone());
        [
            waiver.id.to_string(),
            state.as_str().to_owned(),
            Day::of(waiver.expires).to_string(),
            covers(waiver),
            waiver.registry.to_string(),
            whose(waiver),
            waiver.owner.clone(),
            waiver.reason.clone(),
            waiver.link.clone().unwrap_or_default(),
            waiver.proposed.by.clone(),
            by(waiver.granted.as_ref()),
            by(waiver.ended.as_ref()),
            waiver.ended_for.clone().unwrap_or_default(),
        ]
    };
    Ok(export::csv("waivers", titles, rows.iter().map(row)))
}

#[derive(Template)]
#[template(path = "policy/waiver.html")]
struct WaiverPage<'a> {
    frame: Frame<'a>,
    row: &'a Row,
}

impl WaiverPage<'_> {
    /// Where more is said: what was checked when it was asked for, and is checked again.
    fn link(&self) -> Option<Link> {
        self.row.waiver.link.clone()?.try_into().ok()
    }

    fn covers(&self) -> String {
        covers(&self.row.waiver)
    }

    fn whose(&self) -> String {
        whose(&self.row.waiver)
    }

    fn ends(&self) -> Day {
        Day::of(self.row.waiver.expires)
    }
}

/// One of those that the visitor may see.
pub(super) async fn find(room: &Room, visitor: &Visitor, id: &str) -> Result<Row, Problem> {
    let mut rows = seen(room, visitor).await?.into_iter();
    let found = rows.find(|row| row.waiver.id.as_str() == id);
    found.ok_or_else(|| Problem::NotFound(format!("there is no waiver `{id}`")))
}

async fn waiver(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = find(&room, &visitor, &id).await?;
    Ok(page::respond(&WaiverPage { frame: room.frame(Entry::Policy, &visitor), row: &row }))
}
