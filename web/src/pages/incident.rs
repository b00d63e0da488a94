//! `/incident?of=...`: from what somebody on call has in hand, a crate, a version or a digest, to
//! the page that tells the most of it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use depaudit_portfolio::question::Sought;
use serde::Deserialize;

use super::asked::{Asked, said};
use super::problem::Problem;
use super::room::Room;
use super::visitor::Visitor;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new().route("/incident", get(incident))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    of: Option<String>,
}

async fn incident(
    State(room): State<Arc<Room>>,
    _: Visitor,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let wrong = || {
        let right = "ask for a crate (serde), a version (serde@1.0.1) or the SHA-256 of one";
        Problem::Question(right.to_owned())
    };
    let of = said(question.of.as_ref()).ok_or_else(wrong)?;
    let sought: Option<Sought> = of.parse().ok();
    let site = room.site();
    let path = match sought {
        Some(Sought::Release(name, version)) => {
            site.path(["crate", name.as_str(), &version.to_string()])
        }
        Some(Sought::Package(name)) => site.path(["crate", name.as_str()]),
        Some(Sought::Bytes(checksum)) => {
            site.query(&["audit"], &[("sha256", checksum.to_string())])
        }
        None => return Err(wrong()),
    };
    Ok(Redirect::to(&path).into_response())
}
