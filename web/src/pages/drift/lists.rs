//! Three more tables: split identities, missed patch releases, one-version violations.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::TeamId;
use depaudit_portfolio::question::{self, MissedPatches, OneVersionViolation};
use depaudit_portfolio::report::PackageName;
use serde::Deserialize;

use super::super::asked::Asked;
use super::super::export;
use super::super::frame::{Entry, Frame};
use super::super::page;
use super::super::problem::Problem;
use super::super::room::{Asking, Room};
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/drift/split", get(split))
        .route("/drift/split.json", get(split_json))
        .route("/drift/split.csv", get(split_csv))
        .route("/drift/missed-patches", get(missed))
        .route("/drift/missed-patches.json", get(missed_json))
        .route("/drift/missed-patches.csv", get(missed_csv))
        .route("/drift/one-version", get(one_version))
        .route("/drift/one-version.json", get(one_version_json))
        .route("/drift/one-version.csv", get(one_version_csv))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    from: Option<usize>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    /// What the rows mean, and what to do about them.
    lead: String,
    /// What is said where there is none.
    none: String,
    /// What the list cannot tell, and what to do about that.
    not_known: Option<String>,
    table: Table,
    /// The addresses of the same as CSV and as JSON.
    exports: [String; 2],
}

fn named(teams: &BTreeSet<TeamId>) -> String {
    teams.iter().map(TeamId::as_str).collect::<Vec<_>>().join(", ")
}

/// The columns that hold teams.
const TEAMS: [&str; 3] = ["For", "By downloads alone", "Who misses it"];

type Rows<const N: usize> = Vec<[String; N]>;

const SPLIT: [&str; 6] =
    ["Crate", "Version", "Because of", "What it is", "For", "By downloads alone"];

async fn split_rows(room: &Room, visitor: &Visitor) -> Result<Rows<6>, Problem> {
    room.ask_for(visitor, |asking| {
        let mut splits: Vec<_> = asking.split().iter().collect();
        splits.sort_by_key(|it| (it.causes.first().copied(), std::cmp::Reverse(it.teams)));
        let rows = splits.into_iter().flat_map(|it| {
            let causes: Vec<_> = it.causes.iter().map(|cause| cause.as_str()).collect();
            it.identities.iter().map(move |held| {
                [
                    it.name.to_string(),
                    it.version.to_string(),
                    causes.join(", "),
                    held.identity.clone(),
                    named(&held.teams),
                    named(&held.by_downloads),
                ]
            })
        });
        rows.collect()
    })
    .await
}

const MISSED: [&str; 6] =
    ["Crate", "Locked", "Out", "Out for days", "Days behind", "Who misses it"];

fn missed_rows(missed: &MissedPatches) -> Rows<6> {
    let rows = missed.missed.iter().map(|it| {
        [
            it.name.to_string(),
            it.locked.to_string(),
            it.newest.to_string(),
            it.days.to_string(),
            it.days_behind.to_string(),
            named(&it.teams),
        ]
    });
    rows.collect()
}

/// The same for programs: also what could not be judged, which has neither passed nor failed.
const MISSED_OR_NOT_KNOWN: [&str; 7] =
    ["Crate", "Locked", "Missed", "Out", "Out for days", "Days behind", "Who locks it"];

fn missed_and_not_known(missed: &MissedPatches) -> Rows<7> {
    let judged = missed_rows(missed).into_iter().map(|row| {
        let [name, locked, newest, days, behind, teams] = row;
        [name, locked, "yes".to_owned(), newest, days, behind, teams]
    });
    let not_judged = missed.not_judged.iter().map(|it| {
        let [newest, days, behind] = [const { String::new() }; 3];
        let (name, locked) = (it.name.to_string(), it.locked.to_string());
        [name, locked, "not known".to_owned(), newest, days, behind, named(&it.teams)]
    });
    judged.chain(not_judged).collect()
}

/// How long a team may take for a patch release, by the policy.
fn days(patience: u16) -> String {
    format!("{patience} {}", if patience == 1 { "day" } else { "days" })
}

/// Of how much nobody knows whether it misses anything, why, and what to do.
fn not_known(missed: &MissedPatches) -> Option<String> {
    let count = missed.not_known;
    let names: Vec<_> = missed.not_known_such_as.iter().map(PackageName::as_str).collect();
    (count > 0).then(|| {
        let of = count + missed.known;
        format!(
            "Of {count} of {of} locked releases it is not known ({}): the server has no index entry of \
             these, or one without the days of publication, or one older than the lock. It gets one \
             when a build asks for the crate here; depaudit prefetch Cargo.lock, on the server's own \
             machine, brings those of a lock.",
            names.join(", ")
        )
    })
}

const ONE_VERSION: [&str; 5] = ["Crate", "Version", "For", "By downloads alone", "Asked by"];

async fn violations(room: &Room, visitor: &Visitor) -> Result<Vec<OneVersionViolation>, Problem> {
    let asked = |it: &Asking| question::one_version_violations(it.portfolio(), it.policy());
    room.ask_for(visitor, asked).await
}

fn one_version_rows(violations: &[OneVersionViolation]) -> Rows<5> {
    let rows = violations.iter().flat_map(|it| {
        it.versions.iter().map(|(version, teams)| {
            let received: BTreeSet<_> = teams.intersection(&it.by_downloads).cloned().collect();
            [
                it.name.to_string(),
                version.to_string(),
                named(teams),
                named(&received),
                it.asked_by.clone(),
            ]
        })
    });
    rows.collect()
}

/// A page of one of these tables. The first cell of a row is the crate.
struct List {
    title: &'static str,
    lead: String,
    none: String,
    not_known: Option<String>,
    file: &'static str,
}

impl List {
    fn respond<const N: usize>(
        self,
        frame: Frame<'_>,
        columns: [&'static str; N],
        rows: &Rows<N>,
        from: &From,
    ) -> Response {
        let page =
            |from: usize| Some(frame.query(&["drift", self.file], &[("from", from.to_string())]));
        let cells = |row: &[String; N]| {
            let cell = |(place, text): (usize, &String)| match place {
                0 => Cell::linked(text, frame.path(&["crate", text])),
                // No team's name has a comma.
                _ if columns.get(place).is_some_and(|title| TEAMS.contains(title)) => {
                    let teams: Vec<TeamId> =
                        text.split(", ").filter_map(|it| it.parse().ok()).collect();
                    Cell::teams(frame.site, &teams)
                }
                _ => Cell::new(text),
            };
            row.iter().enumerate().map(cell).collect()
        };
        let export = |end| frame.path(&["drift", &format!("{}.{end}", self.file)]);
        page::respond(&ListPage {
            frame,
            title: self.title,
            lead: self.lead,
            none: self.none,
            not_known: self.not_known,
            table: Table::of(self.title, columns.into(), rows, from.from.unwrap_or(0), cells, page),
            exports: [export("csv"), export("json")],
        })
    }
}

async fn split(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    let rows = split_rows(&room, &visitor).await?;
    let list = List {
        title: "Split identities",
        lead: "One name and one version, and not the same bytes for every team. Compare them with \
               depaudit diff, and let one go."
            .to_owned(),
        none: "Every name and version is the same bytes for all.".to_owned(),
        not_known: None,
        file: "split",
    };
    Ok(list.respond(room.frame(Entry::Drift, &visitor), SPLIT, &rows, &from))
}

async fn split_json(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&room.ask_for(&visitor, |asking| asking.split().to_vec()).await?))
}

async fn split_csv(State(room): State<Arc<Room>>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(export::csv("split", SPLIT, split_rows(&room, &visitor).await?))
}

async fn missed(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    let asked = room.ask(|asking| (asking.missed(), asking.policy().missed_patch().value));
    let (missed, patience) = asked.await?;
    let list = List {
        title: "Missed patch releases",
        lead: format!(
            "A compatible patch release has been out for more than {}, and a lock holds a version before \
             it: cargo update -p CRATE, where the manifests allow it and the doors let it through, which \
             the page of the crate tells. A lock is behind since the first release that it could have \
             taken was out.",
            days(patience)
        ),
        none: match missed.known {
            0 => "Whether a lock misses a patch release is not known.".to_owned(),
            known => format!(
                "Of {known} locked releases that could be judged, none misses one that has been out for \
                 more than {}.",
                days(patience)
            ),
        },
        not_known: not_known(&missed),
        file: "missed-patches",
    };
    Ok(list.respond(room.frame(Entry::Drift, &visitor), MISSED, &missed_rows(&missed), &from))
}

async fn missed_json(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    Ok(export::json(&*room.ask(|asking| asking.missed()).await?))
}

async fn missed_csv(State(room): State<Arc<Room>>, _: Visitor) -> Result<Response, Problem> {
    let missed = room.ask(|asking| asking.missed()).await?;
    Ok(export::csv("missed-patches", MISSED_OR_NOT_KNOWN, missed_and_not_known(&missed)))
}

async fn one_version(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(from): Asked<From>,
) -> Result<Response, Problem> {
    let rows = one_version_rows(&violations(&room, &visitor).await?);
    let list = List {
        title: "One-version violations",
        lead: "The policy wants one version of each of these, and there are several.".to_owned(),
        none:
            "What the policy's one-version list names is at one version each; drift.one-version in \
               depaudit.toml is the list."
                .to_owned(),
        not_known: None,
        file: "one-version",
    };
    Ok(list.respond(room.frame(Entry::Drift, &visitor), ONE_VERSION, &rows, &from))
}

async fn one_version_json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    Ok(export::json(&violations(&room, &visitor).await?))
}

async fn one_version_csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let rows = one_version_rows(&violations(&room, &visitor).await?);
    Ok(export::csv("one-version", ONE_VERSION, rows))
}
