//! `/incident?of=...`: from what somebody on call has in hand, a crate, a version, a digest or the id
//! of a request, to all that is known of it, in the order in which such a person asks.

mod found;
mod ruled;
mod runs;
mod signs;
mod start;
mod tables;

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_model::cargo::CrateSpec;
use depaudit_portfolio::question::{BlastTotals, Sought, WorkspaceHit};
use depaudit_trace::Subject;
use http::StatusCode;
use serde::Deserialize;

use super::asked::{Asked, said};
use super::export;
use super::frame::{Entry, Frame};
use super::outside as filters;
use super::page;
use super::problem::Problem;
use super::room::Room;
use super::table::Table;
use super::visitor::Visitor;
use found::{Found, look, own_team};
use start::Example;

/// How many teams' answers of the policy are linked.
const TEAMS: usize = 16;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/incident", get(incident))
        .route("/incident.json", get(json))
        .route("/incident.csv", get(csv))
        .route("/incident-workspaces.csv", get(workspaces_csv))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    of: Option<String>,
}

/// What was typed makes sense, or not.
enum Wanted {
    Nothing,
    Subject(Subject),
    /// A package that no registry could have: no record holds it, and reports may.
    Package(Sought),
    Nonsense,
}

impl Question {
    fn wanted(&self) -> Wanted {
        let Some(text) = said(self.of.as_ref()) else { return Wanted::Nothing };
        match (text.parse(), text.parse()) {
            (Ok(subject), _) => Wanted::Subject(subject),
            (Err(_), Ok(sought)) => Wanted::Package(sought),
            (Err(_), Err(_)) => Wanted::Nonsense,
        }
    }

    fn subject(&self) -> Result<Subject, Problem> {
        match self.wanted() {
            Wanted::Subject(subject) => Ok(subject),
            _ => Err(Problem::Question(format!("name what to trace: {FORMS}"))),
        }
    }
}

/// What can be typed.
const FORMS: &str = "a crate (serde), a version (serde@1.0.1), a SHA-256 (sha256:e3b0c4, its first 6 \
                     digits do) or the id of a request (req- and 16 letters and digits)";

#[derive(Template)]
#[template(path = "incident_start.html")]
struct StartPage<'a> {
    frame: Frame<'a>,
    /// What was typed.
    typed: &'a str,
    /// Why it leads nowhere.
    wrong: Option<String>,
    /// The rule that stops it at the doors, where it is one release that is on no record.
    deny: Option<(String, String)>,
    examples: Vec<Example>,
    suspects: Vec<String>,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage<'a> {
    frame: Frame<'a>,
    typed: &'a str,
    found: &'a Found,
    totals: BlastTotals,
    may_hit: BlastTotals,
    /// By how many more names and numbers locks call the bytes: of these no copies were looked for.
    numbers_left_out: usize,
    received: usize,
    refused: usize,
    tables: Tables,
    todo: Todo,
    /// Whether the receipts are those of one team alone.
    own: Option<&'a TeamId>,
    exports: [String; 3],
}

struct Tables {
    releases: Table,
    decisions: Table,
    workspaces: Table,
    may_hold: Table,
    not_received: Table,
    overrides: Table,
    replacements: Table,
    policies: Table,
    timeline: Table,
}

/// What there is to do now.
struct Todo {
    /// The pages of the crates that it is about, by name.
    crates: Vec<(String, String)>,
    /// What the policy answers each team, for the first crate.
    why: Vec<(String, String)>,
    /// The record, searched for it, where one crate is meant.
    events: Option<String>,
    /// The one release that is meant.
    release: Option<(String, String)>,
    /// What the policy objects to already.
    objections: Vec<String>,
    /// The rule that stops it at the doors, where one release is meant that still passes them for somebody.
    deny: Option<(String, String)>,
}

/// `1 team`, `2 teams`.
fn counted(number: impl Borrow<usize>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{number} {}", if number == 1 { one } else { many })
}

async fn incident(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let typed = said(question.of.as_ref()).unwrap_or_default();
    match question.wanted() {
        Wanted::Nothing => begin(&room, &visitor, typed, None).await,
        Wanted::Nonsense => {
            let wrong = (StatusCode::BAD_REQUEST, format!("ask for {FORMS}"));
            begin(&room, &visitor, typed, Some(wrong)).await
        }
        Wanted::Package(sought) => {
            let name = sought.name().map_or_else(String::new, ToString::to_string);
            Ok(Redirect::to(&room.site().path(["crate", &name])).into_response())
        }
        Wanted::Subject(subject) => {
            let found = look(&room, &visitor, subject).await?;
            if found.is_empty() {
                let own =
                    own_team(&visitor).map_or_else(String::new, |team| format!(" for {team}"));
                let told = format!("nothing is on record{own}, and no report holds it");
                return begin(&room, &visitor, typed, Some((StatusCode::NOT_FOUND, told))).await;
            }
            Ok(show(&room, &visitor, typed, &found))
        }
    }
}

async fn begin(
    room: &Room,
    visitor: &Visitor,
    typed: &str,
    wrong: Option<(StatusCode, String)>,
) -> Result<Response, Problem> {
    // Nobody has it yet: the best moment.
    let deny = match typed.parse() {
        Ok(Subject::Crate(CrateSpec { name, version: Some(version) })) if wrong.is_some() => {
            Some((name.to_string(), version.to_string()))
        }
        _ => None,
    };
    let (status, wrong) = wrong.map_or((StatusCode::OK, None), |(it, text)| (it, Some(text)));
    let mut response = page::respond(&StartPage {
        frame: room.frame(Entry::Incident, visitor),
        typed,
        wrong,
        deny,
        examples: start::examples(room, visitor).await?,
        suspects: start::suspects(room).await?,
    });
    *response.status_mut() = status;
    Ok(response)
}

fn show(room: &Room, visitor: &Visitor, typed: &str, found: &Found) -> Response {
    let frame = room.frame(Entry::Incident, visitor);
    let (report, runs) = (&found.trace, &found.runs);
    let export = |page: &str| frame.query(&[page], &[("of", typed.to_owned())]);
    page::respond(&IncidentPage {
        frame,
        typed,
        found,
        totals: runs.blast.as_ref().map(|it| it.totals).unwrap_or_default(),
        may_hit: runs.blast.as_ref().map(|it| it.may_hold.totals).unwrap_or_default(),
        numbers_left_out: runs.blast.as_ref().map_or(0, |it| it.may_hold.numbers_left_out),
        received: found.teams(true).len(),
        refused: found.teams(false).len(),
        tables: Tables {
            releases: tables::releases(&frame, report),
            decisions: tables::decisions(&frame, report),
            workspaces: tables::workspaces(&frame, runs),
            may_hold: tables::may_hold(&frame, runs),
            not_received: tables::not_received(&frame, runs),
            overrides: tables::overrides(&frame, runs),
            replacements: tables::replacements(&frame, report, runs),
            policies: tables::policies(&frame, report),
            timeline: tables::timeline(&frame, report),
        },
        todo: Todo::of(&frame, found),
        own: own_team(visitor),
        exports: ["incident.csv", "incident-workspaces.csv", "incident.json"].map(export),
    })
}

impl Todo {
    fn of(frame: &Frame<'_>, found: &Found) -> Self {
        let names = found.names();
        let crates = names.iter().map(|name| (name.clone(), frame.path(&["crate", name])));
        let why = |team: &TeamId| {
            let path = names.first().map(|name| frame.path(&["t", team.as_str(), "why", name]));
            Some((team.to_string(), path?))
        };
        let mut teams = found.teams(true);
        teams.extend(found.teams(false));
        teams.extend(found.runs.blast.iter().flat_map(|it| it.teams.iter().map(|hit| &hit.team)));
        let pairs = |name: &String| {
            let mut pairs = vec![("crate", name.clone())];
            let version = found.one_release().map(|(_, version)| version.to_string());
            pairs.extend(version.map(|version| ("version", version)));
            frame.query(&["audit"], &pairs)
        };
        let only = names.first().filter(|_| names.len() == 1);
        let release = found.one_release();
        let release = release.map(|(name, version)| (name.to_string(), version.to_string()));
        Self {
            events: only.map(pairs),
            why: teams.into_iter().take(TEAMS).filter_map(why).collect(),
            crates: crates.collect(),
            objections: found.objections(),
            deny: release.clone().filter(|_| !found.is_refused_already()),
            release,
        }
    }
}

async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    Ok(export::json(&look(&room, &visitor, question.subject()?).await?))
}

/// As `depaudit trace --csv` prints it.
async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let found = look(&room, &visitor, question.subject()?).await?;
    Ok(export::csv("incident", depaudit_trace::TITLES, depaudit_trace::rows(&found.trace)))
}

async fn workspaces_csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let found = look(&room, &visitor, question.subject()?).await?;
    let sure = found.runs.blast.iter().flat_map(|it| &it.workspaces).map(|hit| (hit, None));
    let may = found.runs.blast.iter().map(|it| &it.may_hold);
    let may = may.flat_map(|it| {
        let reasons = it.reasons();
        it.workspaces.iter().map(move |hit| (hit, Some(reasons.of(hit).join("; "))))
    });
    let row = |(hit, why): (&WorkspaceHit, Option<String>)| {
        let binaries: Vec<_> = hit.binaries.iter().map(|it| it.name.to_string()).collect();
        let path: Vec<_> =
            hit.path.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
        [
            hit.team.to_string(),
            hit.repository.to_string(),
            hit.branch.to_string(),
            hit.folder.to_string(),
            binaries.join(" "),
            path.join(" > "),
            if why.is_some() { "may hold it" } else { "holds it" }.to_owned(),
            why.unwrap_or_default(),
        ]
    };
    let titles = [
        "team",
        "repository",
        "branch",
        "workspace",
        "binaries",
        "shortest way",
        "certainty",
        "why",
    ];
    Ok(export::csv("incident-workspaces", titles, sure.chain(may).map(row)))
}
