//! `/drift`: the crates on which teams differ, the worst first, and who is ahead and behind.

mod filter;
mod lists;
mod matrix;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_portfolio::question::{Drift, DriftFormula, Drifting};

use super::asked::Asked;
use super::chart::Bars;
use super::export;
use super::frame::{Entry, Frame};
use super::outside as filters;
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::Table;
use super::visitor::Visitor;
use filter::{Filter, SKEWS, SORTS};
use matrix::Matrix;
pub(super) use matrix::days;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/drift", get(drift))
        .route("/drift.csv", get(csv))
        .route("/drift.json", get(json))
        .merge(lists::routes())
}

#[derive(Template)]
#[template(path = "drift.html")]
struct DriftPage<'a> {
    frame: Frame<'a>,
    filter: &'a Filter,
    formula: DriftFormula,
    all: usize,
    matrix: Matrix,
    picture: Bars,
    behind: Table,
}

async fn drift(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let wanted = filter.wanted()?;
    let drift = room.ask_for(&visitor, |asking| asking.drift()).await?;
    let frame = room.frame(Entry::Drift, &visitor);
    let chosen = wanted.choose(&drift);
    let (picture, behind) = matrix::behind(&drift, room.site());
    let page = DriftPage {
        frame,
        filter: &filter,
        formula: drift.formula,
        all: drift.crates.len(),
        matrix: Matrix::of(&frame, &chosen, &filter),
        picture,
        behind,
    };
    Ok(page::respond(&page))
}

async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let (wanted, drift) =
        (filter.wanted()?, room.ask_for(&visitor, |asking| asking.drift()).await?);
    let crates = wanted.choose(&drift).into_iter().cloned().collect();
    Ok(export::json(&Drift { formula: drift.formula, crates }))
}

async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let (wanted, drift) =
        (filter.wanted()?, room.ask_for(&visitor, |asking| asking.drift()).await?);
    let rows = wanted.choose(&drift).into_iter().flat_map(rows);
    let titles = ["crate", "score", "version", "team", "days behind", "known by"];
    Ok(export::csv("drift", titles, rows))
}

/// A row for each version that a team locks.
fn rows(it: &Drifting) -> impl Iterator<Item = [String; 6]> {
    it.versions.iter().flat_map(move |used| {
        used.teams.iter().map(move |team| {
            let days = used.days_behind.map_or_else(String::new, |days| days.to_string());
            [
                it.name.to_string(),
                it.score.to_string(),
                used.version.to_string(),
                team.to_string(),
                days,
                if used.by_downloads.contains(team) { "downloads" } else { "a lock" }.to_owned(),
            ]
        })
    })
}
