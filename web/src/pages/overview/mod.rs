//! `/`: the few numbers that matter, and what is worst now.

mod advised;
mod numbers;
mod worst;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::chart::Lines;
use super::connect::Connecting;
use super::export;
use super::frame::{Entry, Frame, Site};
use super::page;
use super::policy::{Notice, Notices};
use super::problem::Problem;
use super::room::{Asking, Room};
use super::table::Table;
use super::trend;
use super::visitor::Visitor;
use numbers::Number;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/", get(overview))
        .route("/trend.csv", get(trend_csv))
        .route("/trend.json", get(trend_json))
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    frame: Frame<'a>,
    /// What to paste, where nobody has reported yet.
    connecting: &'a Connecting,
    view: &'a View,
    /// What of the policy waits for somebody.
    notices: Vec<Notice>,
}

/// What the page shows.
#[derive(Debug)]
struct View {
    repositories: usize,
    numbers: Vec<Number>,
    worst: Table,
    /// The days, as a picture.
    picture: Lines,
    /// The days on which something changed.
    trend: Table,
}

impl View {
    fn of(asking: &Asking, site: &Site) -> Self {
        let trends = asking.trends();
        Self {
            repositories: asking.portfolio().reports().len(),
            numbers: numbers::of(asking),
            worst: worst::table(&worst::of(asking, site), site),
            picture: trend::picture(&trends.all),
            trend: trend::table(&trends.all),
        }
    }
}

async fn overview(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let site = room.site().clone();
    let view = room.ask_for(&visitor, move |asking| View::of(asking, &site)).await?;
    let frame = room.frame(Entry::Overview, &visitor);
    let notices = Notices::of(&room, &visitor).await?.shown(&frame);
    let connecting = room.connecting();
    Ok(page::respond(&OverviewPage { frame, connecting, view: &view, notices }))
}

async fn trend_json(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&room.ask(Asking::trends).await?.all))
}

async fn trend_csv(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    Ok(trend::csv(&room.ask(Asking::trends).await?.all))
}
