//! Pages for people: one layout, one stylesheet.
//!
//! Whatever comes from outside is escaped by the templates, and shown by the filter `outside`, so
//! that it can neither become markup nor reorder what stands around it. Should both fail, the content
//! security policy lets nothing run and nothing load but the stylesheet; on the one page that follows the
//! record, it lets our own script run.
//!
//! A page is a module: its handler takes a [`Visitor`] and asks the [`Room`]; what it shows is a plain
//! view, made without I/O; its template arranges that. Each table can be had as CSV and JSON.

mod advice;
mod asked;
mod audit;
mod chart;
mod connect;
mod coverage;
mod crate_page;
mod drift;
mod export;
mod form_secret;
mod frame;
mod incident;
mod login;
mod markdown;
mod next;
mod origin;
mod outside;
mod overrides;
mod overview;
mod page;
mod passage;
mod policy;
mod posted;
mod problem;
mod room;
mod rulings;
mod script;
mod sign_on;
mod stylesheet;
mod table;
mod teams;
mod trend;
mod visitor;
mod what_if;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::middleware;

pub use audit::Following;
pub use connect::{Connecting, connect_page_router};
pub use form_secret::FormSecret;
pub use frame::Site;
pub use policy::{
    AdvisoriesInForce, DeskRefusal, DoorInForce, KeptWaiver, PolicyDesk, Proposal, ProposalAbout,
    ScanRule,
};
pub use problem::nothing_page;
pub use room::Room;
pub use rulings::{AdvisoryBook, Ruling, Rulings, Unreadable};
pub use script::script_router;
pub use stylesheet::stylesheet_router;
pub use visitor::{Role, Visitor};
pub use why::{why_door, why_page};

/// The pages of what teams report and received.
pub fn pages_router(room: Room) -> Router {
    let room = Arc::new(room);
    Router::new()
        .merge(login::routes())
        .merge(sign_on::routes())
        .merge(overview::routes())
        .merge(audit::routes())
        .merge(incident::routes())
        .merge(overrides::routes())
        .merge(drift::routes())
        .merge(crate_page::routes())
        .merge(teams::routes())
        .merge(policy::routes())
        .merge(coverage::routes())
        .merge(what_if::routes())
        .layer(middleware::from_fn_with_state(Arc::clone(&room), problem::show))
        .with_state(room)
}
