//! `/overrides`: what stands in the place of the shared registry's releases, the worst first.

mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_portfolio::question::StandingOverride;

use super::asked::Asked;
use super::export;
use super::frame::{Entry, Frame, Site};
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::Table;
use super::visitor::Visitor;
use view::{Filter, STANDINGS, Wanted};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/overrides", get(overrides))
        .route("/overrides.csv", get(csv))
        .route("/overrides.json", get(json))
}

#[derive(Template)]
#[template(path = "overrides.html")]
struct OverridesPage<'a> {
    frame: Frame<'a>,
    filter: &'a Filter,
    /// Every team that has one.
    teams: BTreeSet<TeamId>,
    all: usize,
    /// How many of them are ways through an approved proxy, which no number counts.
    proxied: usize,
    table: Table,
}

async fn overrides(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let wanted = filter.wanted()?;
    let standing = room.ask(|asking| asking.standing()).await?;
    let frame = room.frame(Entry::Overrides, &visitor);
    let chosen: Vec<_> = standing.iter().filter(|it| wanted.takes(it)).collect();
    let page = OverridesPage {
        frame,
        filter: &filter,
        teams: standing.iter().map(|it| it.team.clone()).collect(),
        all: standing.len(),
        proxied: standing.iter().filter(|it| !it.counts()).count(),
        table: view::table(&frame, &chosen, &filter),
    };
    Ok(page::respond(&page))
}

pub(super) use view::{place, target};

/// Some overrides, as other pages show them.
pub(super) fn of_team(site: &Site, chosen: &[&StandingOverride]) -> Table {
    view::table_of(site, chosen)
}

async fn chosen(room: &Room, wanted: Wanted) -> Result<Vec<StandingOverride>, Problem> {
    let standing = room.ask(|asking| asking.standing()).await?;
    Ok(standing.iter().filter(|it| wanted.takes(it)).cloned().collect())
}

async fn json(
    State(room): State<Arc<Room>>,
    _: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    Ok(export::json(&chosen(&room, filter.wanted()?).await?))
}

async fn csv(
    State(room): State<Arc<Room>>,
    _: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let rows = chosen(&room, filter.wanted()?).await?;
    Ok(export::csv("overrides", view::TITLES, rows.iter().map(view::row)))
}
