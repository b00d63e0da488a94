//! `/policy/waivers/new`: asks for a waiver.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use depaudit_model::cargo::parse_versions;
use depaudit_model::{RegistryName, TeamId};
use depaudit_policy::door::Lifted;
use depaudit_policy::{Day, Link, Phrase};
use http::StatusCode;
use serde::Deserialize;

use super::super::asked::Asked;
use super::super::frame::{Entry, Frame};
use super::super::outside as filters;
use super::super::page;
use super::super::posted::Posted;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::visitor::Visitor;
use super::acting::Acting;
use super::field::Field;
use super::{DeskRefusal, Proposal, ProposalAbout};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new().route("/policy/waivers/new", get(form).post(propose))
}

/// What is typed, and what links fill in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    #[serde(rename = "crate")]
    name: String,
    version: String,
    lifts: String,
    advisory: String,
    registry: String,
    team: String,
    owner: String,
    reason: String,
    link: String,
    expires: String,
}

/// What is wrong with what was typed, by field.
#[derive(Debug, Default)]
struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, what)| what.clone())
    }

    /// The value, or a note of what is wrong with it.
    fn note<T, E: ToString>(&mut self, field: &'static str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.0.push((field, error.to_string()))).ok()
    }
}

impl Typed {
    /// What it means, for whom the visitor acts.
    fn read(&self, acting: Acting<'_>) -> Result<Proposal, Wrong> {
        let mut wrong = Wrong::default();
        let about = self.about(&mut wrong);
        let registry = match self.registry.trim() {
            "" => Some(RegistryName::crates_io()),
            name => wrong.note("registry", name.parse::<RegistryName>()),
        };
        // An owner's team is not asked for.
        let team = match acting.team {
            Some(own) => Some(own.clone()),
            None => wrong.note("team", self.team.trim().parse::<TeamId>()),
        };
        let owner = wrong.note("owner", Phrase::try_from(self.owner.clone()));
        let reason = wrong.note("reason", Phrase::try_from(self.reason.clone()));
        let link = match self.link.trim() {
            "" => None,
            link => wrong.note("link", Link::try_from(link.to_owned())),
        };
        let expires = wrong.note("expires", self.expires.trim().parse::<Day>());
        match (about, registry, team, owner, reason, expires) {
            (Some(about), Some(registry), Some(team), Some(owner), Some(reason), Some(expires))
                if wrong.0.is_empty() =>
            {
                Ok(Proposal { about, registry, team, owner, reason, link, expires })
            }
            _ => Err(wrong),
        }
    }

    fn about(&self, wrong: &mut Wrong) -> Option<ProposalAbout> {
        match (self.name.trim(), self.advisory.trim()) {
            ("", "") => wrong.note("crate", Err("name a crate with its version, or an advisory")),
            ("", advisory) => {
                if !self.lifts.trim().is_empty() {
                    let alone = "one for an advisory lifts what that one says, and no rule besides";
                    wrong.note("lifts", Err::<(), _>(alone));
                }
                let id = wrong.note("advisory", Phrase::try_from(advisory.to_owned()))?;
                Some(ProposalAbout::Advisory(id))
            }
            (name, "") => {
                let name = wrong.note("crate", name.parse());
                let wanted = "expected a version, such as 1.2.0, or several: ^1.2; * for every one";
                let version = parse_versions(self.version.trim()).map_err(|_| wanted);
                let version = wrong.note("version", version);
                let lifts = match self.lifts.trim() {
                    "" => Some(Lifted::opinions()),
                    named => wrong.note("lifts", named.parse::<Lifted>()),
                };
                Some(ProposalAbout::Release { name: name?, version: version?, lifts: lifts? })
            }
            _ => wrong.note("advisory", Err("name either a crate or an advisory, not both")),
        }
    }
}

#[derive(Template)]
#[template(path = "policy/propose.html")]
struct ProposePage<'a> {
    frame: Frame<'a>,
    fields: Vec<Field>,
    /// The one team for which the visitor acts.
    team: Option<&'a TeamId>,
    /// What is wrong beside the fields.
    error: Option<String>,
    is_wrong: bool,
    two_persons: bool,
}

impl ProposePage<'_> {
    /// What is lifted where no rule is named.
    fn opinions(&self) -> Lifted {
        Lifted::opinions()
    }
}

fn shown(
    room: &Room,
    visitor: &Visitor,
    acting: Acting<'_>,
    typed: &Typed,
    wrong: &Wrong,
) -> Response {
    let door = room.desk().in_force();
    let field = |name, label, hint, value: &str| {
        Field::required((name, label), hint, value, wrong.of(name))
    };
    let registry = if typed.registry.is_empty() { "crates-io" } else { &typed.registry };
    let mut fields = vec![
        field("crate", "Crate", "openssl", &typed.name).optional(),
        field("version", "Versions", "1.1.0", &typed.version).optional(),
        field("lifts", "Rules that it lifts", "denied, licence", &typed.lifts).optional(),
        field("advisory", "Or an advisory", "RUSTSEC-2026-0001", &typed.advisory).optional(),
        field("registry", "Registry", "crates-io", registry).optional(),
    ];
    if acting.team.is_none() {
        fields.push(field("team", "Team", "payments", &typed.team));
    }
    fields.extend([
        field("owner", "Owner: who answers for it", "", &typed.owner),
        field("reason", "Reason", "", &typed.reason),
        field("link", "Link to more", "https://", &typed.link).optional().kind("url"),
        field("expires", "Ends: the first day without it", "2026-03-01", &typed.expires)
            .kind("date"),
    ]);
    let mut response = page::respond(&ProposePage {
        frame: room.frame(Entry::Policy, visitor),
        fields,
        team: acting.team,
        error: wrong.of(""),
        is_wrong: !wrong.0.is_empty(),
        two_persons: door.two_persons,
    });
    if !wrong.0.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn form(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(typed): Asked<Typed>,
) -> Result<Response, Problem> {
    let acting = Acting::required(&visitor)?;
    Ok(shown(&room, &visitor, acting, &typed, &Wrong::default()))
}

async fn propose(
    State(room): State<Arc<Room>>,
    Posted { visitor, form: typed }: Posted<Typed>,
) -> Result<Response, Problem> {
    let acting = Acting::required(&visitor)?;
    let wrong = match typed.read(acting) {
        Err(wrong) => wrong,
        Ok(proposal) => match room.desk().propose(proposal, acting.by).await {
            Ok(()) => {
                let list = room.site().path(["policy", "waivers"]);
                return Ok(Redirect::to(&list).into_response());
            }
            Err(DeskRefusal::Store(error)) => return Err(error.into()),
            Err(DeskRefusal::Expiry(what)) => Wrong(vec![("expires", what)]),
            Err(DeskRefusal::Team(what)) => Wrong(vec![("team", what)]),
            Err(DeskRefusal::Unknown(what) | DeskRefusal::Refused(what)) => Wrong(vec![("", what)]),
        },
    };
    Ok(shown(&room, &visitor, acting, &typed, &wrong))
}
