//! `/`: the few numbers that matter, and what is worst now.

mod numbers;
mod worst;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_portfolio::question::TrendPoint;

use super::chart::{Line, Lines};
use super::export;
use super::frame::{Entry, Frame};
use super::outside as filters;
use super::page;
use super::policy::{Notice, Notices};
use super::problem::Problem;
use super::room::{Asking, Room};
use super::visitor::Visitor;
use numbers::Number;
use worst::Worst;

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
    snippet: &'a str,
    view: &'a View,
    /// What of the policy waits for somebody.
    notices: Vec<Notice>,
}

/// What the page shows.
#[derive(Debug)]
struct View {
    repositories: usize,
    numbers: Vec<Number>,
    worst: Vec<Worst>,
    /// The days, as a picture.
    picture: Lines,
    /// The days on which something changed, the newest first.
    trend: Vec<TrendPoint>,
}

impl View {
    fn of(asking: &Asking) -> Self {
        let trends = asking.trends();
        Self {
            repositories: asking.portfolio().reports().len(),
            numbers: numbers::of(asking),
            worst: worst::of(asking),
            picture: picture(&trends.all),
            trend: changes(&trends.all),
        }
    }
}

fn picture(trend: &[TrendPoint]) -> Lines {
    let line = |label, count: fn(&TrendPoint) -> usize| Line {
        label,
        counts: trend.iter().map(count).collect(),
    };
    let lines = [
        line("Split identities", |day| day.split_identities),
        line("Crates that drift", |day| day.drift),
        line("Overrides", |day| day.overrides),
        line("Undeclared ones", |day| day.undeclared),
    ];
    let day = |point: Option<&TrendPoint>| point.map_or_else(String::new, |it| it.day.to_string());
    let title = "How the counts went in the last 30 days; the table has the days with changes";
    Lines::new(title.to_owned(), [day(trend.first()), day(trend.last())], &lines)
}

/// A month of days of which most are equal says less than those that differ.
fn changes(trend: &[TrendPoint]) -> Vec<TrendPoint> {
    let same = |a: &TrendPoint, b: &TrendPoint| TrendPoint { day: b.day, ..a.clone() } == *b;
    let first_of_each = trend.chunk_by(same).filter_map(|days| days.first().cloned());
    let mut changes: Vec<_> = first_of_each.collect();
    changes.reverse();
    changes
}

async fn overview(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let view = room.ask(View::of).await?;
    let frame = room.frame(Entry::Overview, &visitor);
    let notices = Notices::of(&room, &visitor).await?.shown(&frame);
    Ok(page::respond(&OverviewPage { frame, snippet: room.snippet(), view: &view, notices }))
}

async fn trend_json(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&room.ask(Asking::trends).await?.all))
}

async fn trend_csv(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    let trends = room.ask(Asking::trends).await?;
    let titles = [
        "day",
        "repositories",
        "shared names",
        "drift",
        "split identities",
        "overrides",
        "undeclared",
    ];
    let row = |it: &TrendPoint| {
        let counts = [
            it.repositories,
            it.shared,
            it.drift,
            it.split_identities,
            it.overrides,
            it.undeclared,
        ];
        let [a, b, c, d, e, f] = counts.map(|count| count.to_string());
        [it.day.to_string(), a, b, c, d, e, f]
    };
    Ok(export::csv("trend", titles, trends.all.iter().map(row)))
}
