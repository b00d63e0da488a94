//! `/policy`: what is in force, and which line says so; each rule with its documentation.

mod acting;
mod desk;
mod dry_run;
mod field;
mod notices;
mod propose;
mod queue;
mod rule;
mod rules;
mod standing;
mod waiting;
mod waiver;
mod waivers;
mod watched;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;

pub use desk::{
    AdvisoriesInForce, DeskRefusal, DoorInForce, KeptWaiver, PolicyDesk, Proposal, ProposalAbout,
    ScanRule,
};
pub(super) use notices::{Notice, Notices};
pub(super) use watched::Watched;

use super::export;
use super::frame::{Entry, Frame};
use super::outside as filters;
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::Table;
use super::visitor::{Role, Visitor};
use rules::ScanRow;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy", get(policy))
        .route("/policy/door.csv", get(door_csv))
        .route("/policy/door.json", get(door_json))
        .route("/policy/scan.csv", get(scan_csv))
        .route("/policy/scan.json", get(scan_json))
        .route("/policy/rule/{rule}", get(rule::page))
        .merge(waivers::routes())
        .merge(propose::routes())
        .merge(waiver::routes())
        .merge(queue::routes())
        .merge(waiting::routes())
        .merge(dry_run::routes())
}

/// Whose waivers, refusals and dry runs a visitor sees: every team's for admins.
fn team_of(visitor: &Visitor) -> Option<&TeamId> {
    match visitor.role() {
        Role::Reader(team) | Role::Owner(team) => Some(team),
        Role::Admin => None,
    }
}

/// The path of a rule's page.
pub(super) fn rule_path(frame: &Frame<'_>, rule: &str) -> String {
    frame.path(&["policy", "rule", rule])
}

#[derive(Template)]
#[template(path = "policy/policy.html")]
struct PolicyPage<'a> {
    frame: Frame<'a>,
    door: &'a DoorInForce,
    /// Whether the visitor may read what the server's files say in full.
    is_admin: bool,
    notices: Notices,
    door_rules: Table,
    scan_rules: Table,
}

impl PolicyPage<'_> {
    fn advisories(&self) -> String {
        match self.door.advisories {
            AdvisoriesInForce::None => "no database is configured".to_owned(),
            AdvisoriesInForce::Unreadable => "the database could never be read".to_owned(),
            AdvisoriesInForce::Read(count) => format!("{count} are known"),
        }
    }
}

async fn policy(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    let door = room.desk().in_force();
    let scan = scan_rows(&room).await?;
    let frame = room.frame(Entry::Policy, &visitor);
    Ok(page::respond(&PolicyPage {
        frame,
        is_admin: visitor.is_admin(),
        notices: Notices::of(&room, &visitor).await?,
        door_rules: rules::door_table(&frame, &door.rules),
        scan_rules: rules::scan_table(&frame, &scan),
        door: &door,
    }))
}

/// The rules of the scan at the levels that the server's policy gives them.
async fn scan_rows(room: &Room) -> Result<Vec<ScanRow>, Problem> {
    let rules = room.desk().scan_rules();
    room.ask(move |asking| ScanRow::of(asking.policy(), rules)).await
}

async fn door_json(State(room): State<Arc<Room>>, _: Visitor) -> Response {
    export::json(&room.desk().in_force().rules)
}

async fn door_csv(State(room): State<Arc<Room>>, _: Visitor) -> Response {
    let rules = room.desk().in_force().rules;
    export::csv("door-rules", rules::DOOR_TITLES, rules.iter().map(rules::door_row))
}

async fn scan_json(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&scan_rows(&room).await?))
}

async fn scan_csv(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    let rows = scan_rows(&room).await?;
    Ok(export::csv("scan-rules", rules::SCAN_TITLES, rows.iter().map(ScanRow::cells)))
}
