use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_portfolio::report::Label;

use super::super::chart::Lines;
use super::super::export;
use super::super::frame::{Entry, Frame, Site};
use super::super::outside as filters;
use super::super::overrides;
use super::super::page;
use super::super::problem::Problem;
use super::super::room::{Asking, Room};
use super::super::rulings::AdvisoryBook;
use super::super::table::Table;
use super::super::trend;
use super::super::visitor::Visitor;
use super::super::what_if;
use super::received::{self, Receipts};
use super::row::{self, Row};
use super::told;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/team/{name}", get(team))
        .route("/team/{name}/trend.csv", get(trend_csv))
        .route("/team/{name}/trend.json", get(trend_json))
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage<'a> {
    frame: Frame<'a>,
    team: &'a TeamId,
    view: View,
    /// What the record tells; absent for those who may not see it.
    receipts: Option<Receipts>,
}

/// What is told of a team.
#[derive(Debug)]
struct View {
    row: Row,
    branches: Table,
    behind: Table,
    split: Table,
    overrides: Table,
    /// Where it is told what follows if the team leaves: where it answers for overrides.
    leaves: Option<String>,
    advisories: told::Advised,
    picture: Lines,
    trend: Table,
}

impl View {
    fn of(asking: &Asking, site: &Site, team: &TeamId, row: Row, book: &AdvisoryBook) -> Self {
        let standing = asking.standing();
        let own: Vec<_> = standing.iter().filter(|it| it.team == *team).collect();
        let days = asking.trends().of_team(team);
        let owns = |owner: &Label| owner.as_str() == team.as_str();
        let owning = standing.iter().any(|it| it.owner.as_ref().is_some_and(owns));
        Self {
            row,
            branches: told::branches(asking, team),
            behind: told::behind(asking, site, team),
            split: told::split(asking.split(), site, team),
            overrides: overrides::of_team(site, &own),
            leaves: owning.then(|| what_if::leaves(site, team.as_str())),
            advisories: told::advised(asking, site, team, book),
            picture: trend::picture(&days),
            trend: trend::table(&days),
        }
    }
}

impl TeamPage<'_> {
    fn seen(&self) -> (&'static str, &'static str) {
        row::seen(self.view.row.covered)
    }

    /// What another page has of it.
    fn of_team(&self, page: &str) -> String {
        self.frame.query(&[page], &[("team", self.team.to_string())])
    }

    /// Where its events are.
    fn events(&self, kind: &str) -> String {
        let pairs = [("team", self.team.to_string()), ("kind", kind.to_owned())];
        self.frame.query(&["audit"], &pairs)
    }

    fn trend(&self, end: &str) -> String {
        self.frame.path(&["team", self.team.as_str(), &format!("trend.{end}")])
    }

    fn behind(&self) -> String {
        self.view.row.told_behind()
    }
}

fn named(text: &str) -> Result<TeamId, Problem> {
    text.parse().map_err(|_| Problem::Question("no team can be called that".to_owned()))
}

async fn team(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let team = named(&text)?;
    let on_record = row::on_record(&room, &visitor).await?;
    let (site, asked) = (room.site().clone(), team.clone());
    let book = room.rulings().advisories();
    let view = room.ask(move |asking| {
        let mut rows = row::of(asking, on_record).into_iter();
        let row = rows.find(|row| row.team == asked)?;
        Some(View::of(asking, &site, &asked, row, &book))
    });
    let view = view.await?.ok_or_else(|| {
        Problem::NotFound(format!(
            "no team called {team} is configured, has reported or downloaded"
        ))
    })?;
    let receipts = match visitor.sees_receipts_of(&team) {
        true => Some(received::of(&room, &team).await?),
        false => None,
    };
    let frame = Frame { current: None, ..room.frame(Entry::Teams, &visitor) };
    Ok(page::respond(&TeamPage { frame, team: &team, view, receipts }))
}

async fn trend_json(
    State(room): State<Arc<Room>>,
    _: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let team = named(&text)?;
    Ok(export::json(&room.ask(move |asking| asking.trends().of_team(&team)).await?))
}

async fn trend_csv(
    State(room): State<Arc<Room>>,
    _: Visitor,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let team = named(&text)?;
    Ok(trend::csv(&room.ask(move |asking| asking.trends().of_team(&team)).await?))
}
