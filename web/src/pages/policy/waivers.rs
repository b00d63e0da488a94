//! `/policy/waivers`: what was let through until a day, and what waits to be.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_policy::Day;
use depaudit_store::Waiver;
use serde::Serialize;

use super::super::asked::Asked;
use super::super::export;
use super::super::frame::{Entry, Frame};
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;
use super::acting::Acting;
use super::rule::Begin;
use super::standing::{Standing, covers, lifts, whose};
use super::{KeptWaiver, team_of};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/waivers", get(waivers))
        .route("/policy/waivers.csv", get(csv))
        .route("/policy/waivers.json", get(json))
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
    /// Whether the visitor may ask for one.
    acts: bool,
}

async fn waivers(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(Begin { from }): Asked<Begin>,
) -> Result<Response, Problem> {
    let rows = seen(&room, &visitor).await?;
    let frame = room.frame(Entry::Policy, &visitor);
    let (table, acts) = (table(&frame, &rows, from), Acting::of(&visitor).is_ok());
    Ok(page::respond(&WaiversPage { frame, table, acts }))
}

fn path(frame: &Frame<'_>, waiver: &Waiver) -> String {
    frame.path(&["policy", "waiver", waiver.id.as_str()])
}

fn table(frame: &Frame<'_>, rows: &[Row], from: usize) -> Table {
    let cells = |Row { waiver, state }: &Row| {
        vec![
            Cell::linked(&waiver.id, path(frame, waiver)),
            Cell::new(state.word()).class(state.class()),
            Cell::new(Day::of(waiver.expires)),
            Cell::new(covers(waiver)),
            Cell::new(lifts(waiver)),
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
        "Lifts",
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
        "lifts",
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
            lifts(waiver),
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
