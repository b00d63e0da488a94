//! `/teams`: every team that is known, how it is seen and how it stands; `/team/NAME`: all about one.

mod filter;
mod one;
mod received;
mod row;
mod told;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::asked::Asked;
use super::export;
use super::frame::{Entry, Frame};
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::Table;
use super::visitor::Visitor;
use filter::{Filter, SORTS};
use row::Row;
pub(super) use told::mended;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/teams", get(teams))
        .route("/teams.csv", get(csv))
        .route("/teams.json", get(json))
        .merge(one::routes())
}

#[derive(Template)]
#[template(path = "teams.html")]
struct TeamsPage<'a> {
    frame: Frame<'a>,
    /// By what the rows can be sorted, where that leads, and whether they are.
    sorts: Vec<(&'static str, String, bool)>,
    all: usize,
    /// How many are not seen as they should be.
    unseen: usize,
    table: Table,
}

async fn teams(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let sort = filter.sort()?;
    let rows = rows(&room, &visitor, sort).await?;
    let frame = room.frame(Entry::Teams, &visitor);
    let sorts = SORTS.map(|word| (word, frame.query(&["teams"], &Filter::pairs(word, None))));
    let next = |from| Some(frame.query(&["teams"], &Filter::pairs(sort, Some(from))));
    let from = filter.from.unwrap_or(0);
    let cells = |row: &Row| row.cells(frame.site);
    Ok(page::respond(&TeamsPage {
        frame,
        sorts: sorts.map(|(word, path)| (word, path, word == sort)).into(),
        all: rows.len(),
        unseen: rows.iter().filter(|row| !row.is_seen()).count(),
        table: Table::of("Teams", row::COLUMNS.into(), &rows, from, cells, next),
    }))
}

async fn rows(room: &Room, visitor: &Visitor, sort: &str) -> Result<Vec<Row>, Problem> {
    let on_record = row::on_record(room, visitor).await?;
    let mut rows = room.ask(move |asking| row::of(asking, on_record)).await?;
    filter::sort(&mut rows, sort);
    Ok(rows)
}

async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    Ok(export::json(&rows(&room, &visitor, filter.sort()?).await?))
}

async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let rows = rows(&room, &visitor, filter.sort()?).await?;
    Ok(export::csv("teams", row::TITLES, rows.iter().map(Row::texts)))
}
