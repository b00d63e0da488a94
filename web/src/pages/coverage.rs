//! `/coverage`: which teams report, and what their locks hold against what the record says.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::Timestamp;
use depaudit_portfolio::question::{AgainstRecord, Coverage, Covered, OtherRegistry, TeamCoverage};
use serde::Deserialize;

use super::advice;
use super::asked::Asked;
use super::export;
use super::frame::{Entry, Frame, Site};
use super::page;
use super::problem::Problem;
use super::room::{Asking, Room};
use super::table::{Cell, Table};
use super::visitor::Visitor;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/coverage", get(coverage))
        .route("/coverage.csv", get(csv))
        .route("/coverage.json", get(json))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    from: Option<usize>,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage<'a> {
    frame: Frame<'a>,
    begins: Option<Timestamp>,
    old_after_days: u64,
    table: Table,
    /// Whether the record of the visitor's own team alone is told.
    own_alone: bool,
}

const TITLES: [&str; 12] = [
    "Team",
    "Seen",
    "Repositories",
    "Newest report",
    "Last download",
    "Locked",
    "Received here",
    "By others alone",
    "By nobody",
    "Such as",
    "Not knowable",
    "From registries not served here",
];

fn words(it: &TeamCoverage) -> [String; 12] {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    let told = |of: fn(&AgainstRecord) -> Option<usize>| {
        let told = it.against_record.as_ref().and_then(of);
        told.map_or_else(String::new, |count| count.to_string())
    };
    let count = |of: fn(&AgainstRecord) -> usize| {
        it.against_record.as_ref().map_or_else(String::new, |held| of(held).to_string())
    };
    let examples = it.against_record.iter().flat_map(|held| &held.examples);
    let examples: Vec<_> = examples.map(|it| format!("{} {}", it.name, it.version)).collect();
    [
        it.team.to_string(),
        it.covered.as_str().to_owned(),
        it.repositories.to_string(),
        time(it.reported),
        time(it.received),
        count(|held| held.locked),
        count(|held| held.received),
        told(|held| held.by_others),
        count(|held| held.never),
        examples.join(", "),
        count(|held| held.not_knowable),
        it.against_record.as_ref().map_or_else(String::new, elsewhere),
    ]
}

/// `1 from sparse+https://mirror.example/index/ (shared 1.2.0)`
fn elsewhere(held: &AgainstRecord) -> String {
    let one = |it: &OtherRegistry| {
        let examples: Vec<_> =
            it.examples.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
        format!("{} from {} ({})", it.packages, it.registry, examples.join(", "))
    };
    held.other_registries.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn cells(site: &Site, it: &TeamCoverage) -> Vec<Cell> {
    let (class, todo) = todo(site, it);
    let cell = |(place, text): (usize, String)| match place {
        0 => Cell::team(site, &it.team),
        1 => Cell::new(text).class(class),
        _ => Cell::new(text),
    };
    let known = words(it).into_iter().enumerate().map(cell);
    known.chain([todo]).collect()
}

fn todo(site: &Site, it: &TeamCoverage) -> (&'static str, Cell) {
    let report = || Cell::advice(advice::report(site, &it.team));
    match it.covered {
        Covered::Unseen => ("hard", report()),
        Covered::NeverReported => ("hard", report()),
        Covered::Bypasses => ("hard", Cell::advice(advice::look(&it.team))),
        Covered::Old => ("soft", Cell::new("look why its CI does not report")),
        Covered::Elsewhere => {
            let todo = "serve that registry here ([upstream.NAME] in the configuration of depaudit serve), or \
                        lead these crates to one that is";
            ("soft", Cell::new(todo))
        }
        Covered::Partly => ("soft", Cell::advice(advice::reconcile(site, &it.team))),
        Covered::Yes => ("allowed", Cell::new("nothing")),
    }
}

async fn coverage(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    let answer = ask(&room, &visitor).await?;
    let frame = Frame { current: None, ..room.frame(Entry::Overview, &visitor) };
    let page = |from: usize| Some(frame.query(&["coverage"], &[("from", from.to_string())]));
    let columns = TITLES.into_iter().chain(["To do"]).collect();
    let from = from.from.unwrap_or(0);
    let table = Table::of(
        "Which teams are seen",
        columns,
        &answer.teams,
        from,
        |it| cells(room.site(), it),
        page,
    );
    Ok(page::respond(&CoveragePage {
        frame,
        begins: answer.record_begins,
        old_after_days: answer.old_after_days,
        table,
        own_alone: !visitor.is_admin(),
    }))
}

async fn ask(room: &Room, visitor: &Visitor) -> Result<Coverage, Problem> {
    room.ask_for(visitor, Asking::coverage).await
}

async fn json(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&ask(&room, &visitor).await?))
}

async fn csv(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let answer = ask(&room, &visitor).await?;
    let titles = TITLES.map(str::to_lowercase);
    let titles = titles.each_ref().map(String::as_str);
    Ok(export::csv("coverage", titles, answer.teams.iter().map(words)))
}
