//! `/policy/queue`: what was refused and asked for, and waits for somebody to look at it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_policy::door::DoorRule;
use depaudit_store::Asked as Refused;
use serde::Serialize;

use super::super::asked::Asked;
use super::super::export;
use super::super::frame::{Entry, Frame};
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;
use super::rule::Begin;
use super::{rule_path, team_of};

/// How many releases an export has at most.
const EXPORTED: usize = 1_000;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/queue", get(queue))
        .route("/policy/queue.csv", get(csv))
        .route("/policy/queue.json", get(json))
}

/// What a visitor may see of the queue: of one team, what that one asked for, how often, and what it was
/// answered.
pub(super) async fn seen(room: &Room, visitor: &Visitor) -> Result<Vec<Refused>, Problem> {
    Ok(room.desk().queue(team_of(visitor)).await?)
}

/// The line of a refusal that says why; it was cut when it was made.
fn why(refused: &Refused) -> &str {
    let mut lines = refused.reason.lines();
    lines.find_map(|line| line.strip_prefix("why: ")).unwrap_or_default()
}

pub(super) fn named(teams: &[TeamId]) -> String {
    teams.iter().map(TeamId::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn path(frame: &Frame<'_>, it: &Refused) -> String {
    let (name, version) = (it.release.name.as_str(), it.release.version.to_string());
    frame.path(&["policy", "queue", it.registry.as_str(), name, &version])
}

/// Refusals name other things than rules of the door, too.
fn rule(frame: &Frame<'_>, name: &str) -> Cell {
    match name.parse::<DoorRule>() {
        Ok(rule) => Cell::linked(name, rule_path(frame, rule.as_str())),
        Err(_) => Cell::new(name),
    }
}

#[derive(Template)]
#[template(path = "policy/queue.html")]
struct QueuePage<'a> {
    frame: Frame<'a>,
    table: Table,
    /// How many there are, where the exports have fewer.
    cut: Option<usize>,
    exported: usize,
}

async fn queue(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(Begin { from }): Asked<Begin>,
) -> Result<Response, Problem> {
    let waiting = seen(&room, &visitor).await?;
    let frame = room.frame(Entry::Policy, &visitor);
    let cells = |it: &Refused| {
        vec![
            Cell::linked(&it.release, path(&frame, it)),
            rule(&frame, &it.rule),
            Cell::new(why(it)),
            Cell::new(named(&it.teams)),
            Cell::new(it.times),
            Cell::new(it.first),
            Cell::new(it.last),
        ]
    };
    let columns = vec!["Release", "Rule", "Why", "Teams", "Times", "First", "Last"];
    let next = |from: usize| Some(frame.query(&["policy", "queue"], &[("from", from.to_string())]));
    let table = Table::of("Review queue", columns, &waiting, from, cells, next);
    let cut = (waiting.len() > EXPORTED).then_some(waiting.len());
    Ok(page::respond(&QueuePage { frame, table, cut, exported: EXPORTED }))
}

/// A release that waits, for programs.
#[derive(Debug, Serialize)]
struct Row<'q> {
    registry: &'q str,
    #[serde(rename = "crate")]
    name: &'q str,
    version: String,
    sha256: String,
    rule: &'q str,
    reason: &'q str,
    teams: &'q [TeamId],
    times: u64,
    first_asked: String,
    last_asked: String,
}

impl<'q> Row<'q> {
    fn of(it: &'q Refused) -> Self {
        Self {
            registry: it.registry.as_str(),
            name: it.release.name.as_str(),
            version: it.release.version.to_string(),
            sha256: it.checksum.to_string(),
            rule: &it.rule,
            reason: &it.reason,
            teams: &it.teams,
            times: it.times,
            first_asked: it.first.to_string(),
            last_asked: it.last.to_string(),
        }
    }
}

/// An export, and how many there are of what it has the first of.
#[derive(Debug, Serialize)]
struct Export<'q> {
    of: usize,
    waiting: Vec<Row<'q>>,
}

async fn json(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let waiting = seen(&room, &visitor).await?;
    let rows = waiting.iter().take(EXPORTED).map(Row::of).collect();
    Ok(export::json(&Export { of: waiting.len(), waiting: rows }))
}

async fn csv(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let waiting = seen(&room, &visitor).await?;
    let titles = [
        "registry",
        "crate",
        "version",
        "sha256",
        "rule",
        "reason",
        "teams",
        "times",
        "first asked",
        "last asked",
    ];
    let row = |it: &Refused| {
        let row = Row::of(it);
        [
            row.registry.to_owned(),
            row.name.to_owned(),
            row.version,
            row.sha256,
            row.rule.to_owned(),
            row.reason.to_owned(),
            named(row.teams),
            row.times.to_string(),
            row.first_asked,
            row.last_asked,
        ]
    };
    Ok(export::csv("review-queue", titles, waiting.iter().take(EXPORTED).map(row)))
}
