//! `/what-if`: what follows if a release is yanked, if overrides are dropped, if an owner leaves.

mod asked;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_portfolio::question::{
    self, Effect, OverridePlace, StandingOverride, Supposition, WhatIf,
};
use http::StatusCode;

use super::asked::Asked;
use super::crate_page;
use super::export;
use super::frame::{Entry, Frame, Site};
use super::outside as filters;
use super::page;
use super::problem::Problem;
use super::room::{Asking, Room};
use super::table::{Cell, Table};
use super::visitor::Visitor;
use asked::Supposed;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/what-if", get(what_if))
        .route("/what-if.csv", get(csv))
        .route("/what-if.json", get(json))
}

#[derive(Template)]
#[template(path = "what_if.html")]
struct WhatIfPage<'a> {
    frame: Frame<'a>,
    supposed: &'a Supposed,
    /// Why it cannot be supposed.
    fault: Option<&'static str>,
    found: Option<Found>,
    exports: [String; 2],
}

/// What would follow.
#[derive(Debug)]
struct Found {
    answer: WhatIf,
    /// How many of the releases have nothing that builds could take instead, as far as is known.
    without: usize,
    effects: Table,
    hit: Table,
}

impl Found {
    fn of(asking: &Asking, site: &Site, supposition: &Supposition) -> Self {
        let answer = question::what_if(asking.portfolio(), asking.facts(), supposition);
        let cells = |it: &Effect| {
            let instead = match &it.instead {
                Some(instead) => Cell::new(instead),
                None => Cell::new("nothing known").class("hard"),
            };
            let version = it.version.to_string();
            let link = site.path(["crate", it.name.as_str(), &version]);
            vec![
                Cell::linked(format!("{} {version}", it.name), link),
                Cell::new(&it.identity),
                instead,
                Cell::new(places(it)),
            ]
        };
        let columns = vec!["Release", "What is locked now", "Newest compatible", "Overridden at"];
        Self {
            without: answer.effects.iter().filter(|it| it.instead.is_none()).count(),
            effects: Table::brief("What there is to take instead", columns, &answer.effects, cells),
            hit: crate_page::hit(site, &answer.blast),
            answer,
        }
    }
}

/// Where its overrides stand.
fn places(it: &Effect) -> String {
    it.overrides.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

async fn what_if(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(supposed): Asked<Supposed>,
) -> Result<Response, Problem> {
    let (found, fault) = match supposed.read() {
        Ok(None) => (None, None),
        Ok(Some(supposition)) => {
            let site = room.site().clone();
            let asked = move |it: &Asking| Found::of(it, &site, &supposition);
            (Some(room.ask_for(&visitor, asked).await?), None)
        }
        Err(fault) => (None, Some(fault)),
    };
    let frame = Frame { current: None, ..room.frame(Entry::Drift, &visitor) };
    let export = |end: &str| frame.query(&[&format!("what-if.{end}")], &supposed.pairs());
    let exports = [export("csv"), export("json")];
    let mut response =
        page::respond(&WhatIfPage { frame, supposed: &supposed, fault, found, exports });
    if fault.is_some() {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// For programs, which have to suppose something.
async fn answer(room: &Room, visitor: &Visitor, supposed: &Supposed) -> Result<WhatIf, Problem> {
    let supposition = supposed.read().map_err(|fault| Problem::Question(fault.to_owned()))?;
    let none = "suppose one thing: ?yanked=NAME@VERSION, ?dropped=NAME (&at=TEAM REPOSITORY FILE:LINE for \
                one override alone) or ?leaves=OWNER";
    let supposition = supposition.ok_or_else(|| Problem::Question(none.to_owned()))?;
    let asked = move |it: &Asking| question::what_if(it.portfolio(), it.facts(), &supposition);
    room.ask_for(visitor, asked).await
}

async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(supposed): Asked<Supposed>,
) -> Result<Response, Problem> {
    Ok(export::json(&answer(&room, &visitor, &supposed).await?))
}

async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(supposed): Asked<Supposed>,
) -> Result<Response, Problem> {
    let answer = answer(&room, &visitor, &supposed).await?;
    let rows = answer.effects.iter().map(|it| {
        let instead = it.instead.as_ref().map_or_else(String::new, ToString::to_string);
        [it.name.to_string(), it.version.to_string(), it.identity.clone(), instead, places(it)]
    });
    Ok(export::csv("what-if", ["crate", "version", "locked", "instead", "overridden at"], rows))
}

/// Where it is told what follows if a release is yanked.
pub(super) fn yanked(site: &Site, name: &str, version: &str) -> String {
    site.query(&["what-if"], &[("yanked", format!("{name}@{version}"))])
}

/// The same, if the overrides of a package are dropped.
pub(super) fn dropped(site: &Site, name: &str) -> String {
    site.query(&["what-if"], &[("dropped", name.to_owned())])
}

/// The same, if one of them is dropped; of what overrides a whole source, nothing is told.
pub(super) fn dropped_at(site: &Site, it: &StandingOverride) -> Option<String> {
    let (name, place) = (it.package.as_ref()?, OverridePlace::from(it));
    let pairs = [("dropped", name.to_string()), ("at", place.to_string())];
    Some(site.query(&["what-if"], &pairs))
}

/// The same, if an owner of overrides or of forks leaves.
pub(super) fn leaves(site: &Site, owner: &str) -> String {
    site.query(&["what-if"], &[("leaves", owner.to_owned())])
}
