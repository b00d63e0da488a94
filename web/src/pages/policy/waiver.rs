//! `/policy/waiver/{id}`: one waiver, which somebody else grants, and which is ended before its day.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use depaudit_policy::{Day, Link, Phrase};
use http::StatusCode;
use serde::Deserialize;

use super::super::frame::{Entry, Frame};
use super::super::outside as filters;
use super::super::page;
use super::super::posted::Posted;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::DeskRefusal;
use super::acting::Acting;
use super::field::Field;
use super::standing::{Standing, covers, lifts, whose};
use super::waivers::{Row, seen};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/waiver/{id}", get(waiver))
        .route("/policy/waiver/{id}/grant", post(grant))
        .route("/policy/waiver/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "policy/waiver.html")]
struct WaiverPage<'a> {
    frame: Frame<'a>,
    row: &'a Row,
    /// Who may change it, or why the visitor may not.
    acting: Result<Acting<'a>, &'static str>,
    reason: Field,
    error: Option<String>,
}

impl WaiverPage<'_> {
    /// Where more is said: what was checked when it was asked for, and is checked again.
    fn link(&self) -> Option<Link> {
        self.row.waiver.link.clone()?.try_into().ok()
    }

    fn covers(&self) -> String {
        covers(&self.row.waiver)
    }

    fn lifts(&self) -> String {
        lifts(&self.row.waiver)
    }

    fn whose(&self) -> String {
        whose(&self.row.waiver)
    }

    fn ends(&self) -> Day {
        Day::of(self.row.waiver.expires)
    }

    fn can_end(&self) -> bool {
        let team = self.row.waiver.team.as_ref();
        self.row.state.is_live() && self.acting.is_ok_and(|acting| acting.acts_for(team))
    }

    fn waits(&self) -> bool {
        self.row.state == Standing::Proposed
    }

    fn is_mine(&self) -> bool {
        self.acting.is_ok_and(|acting| acting.by == self.row.waiver.proposed.by)
    }

    fn grant(&self) -> String {
        self.frame.path(&["policy", "waiver", self.row.waiver.id.as_str(), "grant"])
    }

    fn end(&self) -> String {
        self.frame.path(&["policy", "waiver", self.row.waiver.id.as_str(), "end"])
    }
}

/// One of those that the visitor may see.
async fn find(room: &Room, visitor: &Visitor, id: &str) -> Result<Row, Problem> {
    let mut rows = seen(room, visitor).await?.into_iter();
    let found = rows.find(|row| row.waiver.id.as_str() == id);
    found.ok_or_else(|| Problem::NotFound(format!("there is no waiver `{id}`")))
}

/// What was typed, and what came of it.
#[derive(Debug, Default)]
struct Tried {
    reason: String,
    wrong_reason: Option<String>,
    error: Option<(StatusCode, String)>,
}

fn shown(room: &Room, visitor: &Visitor, row: &Row, tried: Tried) -> Response {
    let wrong = tried.wrong_reason.is_some();
    let (status, error) = match tried.error {
        Some((status, error)) => (status, Some(error)),
        None if wrong => (StatusCode::UNPROCESSABLE_ENTITY, None),
        None => (StatusCode::OK, None),
    };
    let reason = Field::required(("reason", "Why it ends"), "", &tried.reason, tried.wrong_reason);
    let frame = room.frame(Entry::Policy, visitor);
    let acting = Acting::of(visitor);
    let mut response = page::respond(&WaiverPage { frame, row, acting, reason, error });
    *response.status_mut() = status;
    response
}

async fn waiver(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = find(&room, &visitor, &id).await?;
    Ok(shown(&room, &visitor, &row, Tried::default()))
}

/// Who may change this waiver.
fn required<'v>(visitor: &'v Visitor, row: &Row) -> Result<Acting<'v>, Problem> {
    let acting = Acting::required(visitor)?;
    if !acting.acts_for(row.waiver.team.as_ref()) {
        let why = "a waiver for every team is granted and ended on the server's own machine";
        return Err(Problem::Forbidden(why.to_owned()));
    }
    Ok(acting)
}

fn done(room: &Room) -> Response {
    Redirect::to(&room.site().path(["policy", "waivers"])).into_response()
}

/// What is said on the same page.
fn told(refusal: DeskRefusal) -> Result<(StatusCode, String), Problem> {
    match refusal {
        DeskRefusal::Store(error) => Err(error.into()),
        DeskRefusal::Unknown(what) => Err(Problem::NotFound(what)),
        DeskRefusal::Refused(what) | DeskRefusal::Expiry(what) | DeskRefusal::Team(what) => {
            Ok((StatusCode::CONFLICT, what))
        }
    }
}

/// There is nothing to say but that it is so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn grant(
    State(room): State<Arc<Room>>,
    Path(id): Path<String>,
    Posted { visitor, form: Nothing {} }: Posted<Nothing>,
) -> Result<Response, Problem> {
    let row = find(&room, &visitor, &id).await?;
    let acting = required(&visitor, &row)?;
    match room.desk().grant(&row.waiver.id, acting.team, acting.by).await {
        Ok(()) => Ok(done(&room)),
        Err(refusal) => {
            let tried = Tried { error: Some(told(refusal)?), ..Tried::default() };
            Ok(shown(&room, &visitor, &row, tried))
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    pub(super) reason: String,
}

async fn end(
    State(room): State<Arc<Room>>,
    Path(id): Path<String>,
    Posted { visitor, form: Why { reason } }: Posted<Why>,
) -> Result<Response, Problem> {
    let row = find(&room, &visitor, &id).await?;
    let acting = required(&visitor, &row)?;
    let tried = match Phrase::try_from(reason.clone()) {
        Err(error) => Tried { wrong_reason: Some(error.to_string()), reason, error: None },
        Ok(why) => match room.desk().end(&row.waiver.id, acting.team, acting.by, &why).await {
            Ok(()) => return Ok(done(&room)),
            Err(refusal) => Tried { error: Some(told(refusal)?), reason, wrong_reason: None },
        },
    };
    Ok(shown(&room, &visitor, &row, tried))
}
