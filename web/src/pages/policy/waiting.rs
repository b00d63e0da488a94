//! `/policy/queue/{registry}/{crate}/{version}`: one release that waits; it is let through by a waiver,
//! or dismissed.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use depaudit_model::TeamId;
use depaudit_policy::Phrase;
use depaudit_policy::door::DoorRule;
use depaudit_store::Asked as Refused;
use http::StatusCode;

use super::super::frame::{Entry, Frame};
use super::super::outside as filters;
use super::super::page;
use super::super::posted::Posted;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::acting::Acting;
use super::field::Field;
use super::queue::{named, path, seen};
use super::waiver::Why;
use super::{DeskRefusal, rule_path};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/queue/{registry}/{crate}/{version}", get(waiting))
        .route("/policy/queue/{registry}/{crate}/{version}/dismiss", post(dismiss))
}

/// Registry, crate and version.
type Named = (String, String, String);

#[derive(Template)]
#[template(path = "policy/waiting.html")]
struct WaitingPage<'a> {
    frame: Frame<'a>,
    it: &'a Refused,
    /// Who may change that it waits, or why the visitor may not.
    acting: Result<Acting<'a>, &'static str>,
    reason: Field,
}

impl WaitingPage<'_> {
    fn teams(&self) -> String {
        named(&self.it.teams)
    }

    fn rule(&self) -> Option<String> {
        self.it.rule.parse::<DoorRule>().ok().map(|rule| rule_path(&self.frame, rule.as_str()))
    }

    /// Why it is refused to each team, as of now.
    fn whys(&self) -> Vec<(&TeamId, String)> {
        let (name, version) = (self.it.release.name.as_str(), self.it.release.version.to_string());
        let why = |team: &TeamId| {
            let registry = self.it.registry.as_str();
            self.frame.path(&["t", team.as_str(), registry, "why", name, &version])
        };
        self.it.teams.iter().map(|team| (team, why(team))).collect()
    }

    /// The form that asks for a waiver, filled in as far as it is known.
    fn propose(&self) -> String {
        let mut pairs = vec![
            ("crate", self.it.release.name.to_string()),
            ("version", format!("={}", self.it.release.version)),
            ("registry", self.it.registry.to_string()),
        ];
        // From what refused it, and from nothing that nobody spoke of.
        if self.it.rule.parse::<DoorRule>().is_ok_and(DoorRule::can_be_lifted) {
            pairs.push(("lifts", self.it.rule.clone()));
        }
        if let [team] = self.it.teams.as_slice() {
            pairs.push(("team", team.to_string()));
        }
        self.frame.query(&["policy", "waivers", "new"], &pairs)
    }

    fn dismiss(&self) -> String {
        format!("{}/dismiss", path(&self.frame, self.it))
    }
}

/// What waits under this path.
async fn find(
    room: &Room,
    visitor: &Visitor,
    (registry, name, version): &Named,
) -> Result<Refused, Problem> {
    let mut waiting = seen(room, visitor).await?.into_iter();
    let found = waiting.find(|it| {
        it.registry.as_str() == registry
            && it.release.name.as_str() == name
            && it.release.version.to_string() == *version
    });
    found.ok_or_else(|| {
        Problem::NotFound(format!("{name}@{version} of {registry} does not wait for a review"))
    })
}

fn shown(
    room: &Room,
    visitor: &Visitor,
    it: &Refused,
    wrong: Option<(String, String)>,
) -> Response {
    let frame = room.frame(Entry::Policy, visitor);
    let is_wrong = wrong.is_some();
    let (typed, wrong) = wrong.map_or_else(Default::default, |(typed, wrong)| (typed, Some(wrong)));
    let reason = Field::required(("reason", "Why it is dismissed"), "", &typed, wrong);
    let acting = Acting::of(visitor);
    let mut response = page::respond(&WaitingPage { frame, it, acting, reason });
    if is_wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn waiting(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(path): Path<Named>,
) -> Result<Response, Problem> {
    let it = find(&room, &visitor, &path).await?;
    Ok(shown(&room, &visitor, &it, None))
}

async fn dismiss(
    State(room): State<Arc<Room>>,
    Path(path): Path<Named>,
    Posted { visitor, form: Why { reason } }: Posted<Why>,
) -> Result<Response, Problem> {
    // A team takes out only what it asked for: nothing else is found.
    let it = find(&room, &visitor, &path).await?;
    let acting = Acting::required(&visitor)?;
    let wrong = match Phrase::try_from(reason.clone()) {
        Err(error) => error.to_string(),
        Ok(why) => match take_out(&room, &it, acting, &why).await {
            Ok(()) => {
                let list = room.site().path(["policy", "queue"]);
                return Ok(Redirect::to(&list).into_response());
            }
            Err(DeskRefusal::Store(error)) => return Err(error.into()),
            Err(DeskRefusal::Unknown(what)) => return Err(Problem::NotFound(what)),
            Err(
                DeskRefusal::Refused(what) | DeskRefusal::Expiry(what) | DeskRefusal::Team(what),
            ) => what,
        },
    };
    Ok(shown(&room, &visitor, &it, Some((reason, wrong))))
}

async fn take_out(
    room: &Room,
    it: &Refused,
    acting: Acting<'_>,
    why: &Phrase,
) -> Result<(), DeskRefusal> {
    room.desk().dismiss(&it.registry, &it.release, acting.team, acting.by, why).await
}
