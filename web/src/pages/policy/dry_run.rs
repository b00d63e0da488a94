//! `/policy/dry-run`: what rules in dry run let pass and would have refused, so that one sees what
//! switching one on would break.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use depaudit_model::{RegistryName, TeamId, Timestamp};
use depaudit_policy::door::Mode;
use depaudit_store::{DryRun, EventFilter, EventOrder};
use serde::{Deserialize, Serialize};

use super::super::asked::{Asked, said};
use super::super::export;
use super::super::frame::{Entry, Frame};
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;
use super::watched::MOST;
use super::{rule_path, team_of};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/policy/dry-run", get(dry_run))
        .route("/policy/dry-run.csv", get(csv))
        .route("/policy/dry-run.json", get(json))
}

/// Which releases are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    rule: Option<String>,
    team: Option<String>,
    #[serde(default)]
    from: usize,
}

impl Filter {
    fn takes(&self, row: &DryRun) -> bool {
        said(self.rule.as_ref()).is_none_or(|rule| rule == row.rule)
            && said(self.team.as_ref()).is_none_or(|team| team == row.team.as_str())
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let fields = [("rule", &self.rule), ("team", &self.team)];
        let said = |(name, text): (&'static str, &Option<String>)| {
            Some((name, said(text.as_ref())?.to_owned()))
        };
        fields.into_iter().filter_map(said).collect()
    }

    fn at(&self, from: usize) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs();
        pairs.push(("from", from.to_string()));
        pairs
    }
}

/// What one rule would have refused to one team.
#[derive(Debug)]
struct Effect {
    releases: BTreeSet<String>,
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

#[derive(Template)]
#[template(path = "policy/dry_run.html")]
struct DryRunPage<'a> {
    frame: Frame<'a>,
    /// The rules that are in dry run for somebody now.
    now: Vec<(String, String)>,
    effects: Table,
    releases: Table,
    filtered: bool,
    /// Whether there are more than were looked at.
    cut: bool,
    /// Since when it is counted.
    begins: Option<Timestamp>,
    most: usize,
    exports: [String; 2],
}

/// What was counted, and whether there is more.
struct Seen {
    rows: Arc<[DryRun]>,
    cut: bool,
}

impl Seen {
    async fn by(room: &Room, visitor: &Visitor) -> Result<Self, Problem> {
        let rows = room.watched().of(&*room.state().log, team_of(visitor)).await?;
        Ok(Self { cut: rows.len() > MOST, rows })
    }

    fn rows(&self) -> &[DryRun] {
        self.rows.get(..MOST).unwrap_or(&self.rows)
    }
}

/// When the record begins, from which on everything is counted.
async fn begins(room: &Room) -> Result<Option<Timestamp>, Problem> {
    let log = &room.state().log;
    let first = log.read(&EventFilter::default(), EventOrder::OldestFirst, 1).await?;
    Ok(first.first().map(|it| it.event.time))
}

async fn dry_run(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let seen = Seen::by(&room, &visitor).await?;
    let (rows, cut, begins) = (seen.rows(), seen.cut, begins(&room).await?);
    let frame = room.frame(Entry::Policy, &visitor);
    let in_force = room.desk().in_force();
    let dry = in_force.rules.iter().filter(|rule| rule.is_somewhere(Mode::DryRun));
    let now = dry.map(|rule| (rule.rule.to_string(), rule_path(&frame, rule.rule.as_str())));
    let pairs = filter.pairs();
    let export = |end: &str| frame.query(&["policy", &format!("dry-run.{end}")], &pairs);
    Ok(page::respond(&DryRunPage {
        frame,
        now: now.collect(),
        effects: effects(&frame, rows),
        releases: releases(&frame, rows, &filter),
        filtered: !pairs.is_empty(),
        cut,
        begins,
        most: MOST,
        exports: [export("csv"), export("json")],
    }))
}

fn effects(frame: &Frame<'_>, rows: &[DryRun]) -> Table {
    let mut effects = BTreeMap::<(&str, &TeamId), Effect>::new();
    for row in rows {
        let effect = effects.entry((&row.rule, &row.team)).or_insert_with(|| Effect {
            releases: BTreeSet::new(),
            count: 0,
            first: row.first,
            last: row.last,
        });
        effect.releases.insert(release(row));
        effect.count = effect.count.saturating_add(row.count);
        effect.first = effect.first.min(row.first);
        effect.last = effect.last.max(row.last);
    }
    let effects: Vec<_> = effects.into_iter().collect();
    let cells = |((rule, team), effect): &((&str, &TeamId), Effect)| {
        let narrowed = [("rule", (*rule).to_owned()), ("team", team.to_string())];
        vec![
            Cell::linked(rule, frame.query(&["policy", "dry-run"], &narrowed)),
            Cell::new(team),
            Cell::new(effect.releases.len()),
            Cell::new(effect.count),
            Cell::new(effect.first),
            Cell::new(effect.last),
        ]
    };
    let columns = vec!["Rule", "Team", "Releases", "Downloads", "First", "Last"];
    Table::of("By rule and team", columns, &effects, 0, cells, |_| None)
}

fn release(row: &DryRun) -> String {
    format!("{}@{}", row.name, row.version)
}

fn releases(frame: &Frame<'_>, rows: &[DryRun], filter: &Filter) -> Table {
    let chosen: Vec<_> = rows.iter().filter(|row| filter.takes(row)).collect();
    let cells = |row: &&DryRun| {
        let index = row.last_index.to_string();
        vec![
            Cell::linked(release(row), frame.path(&["crate", row.name.as_str()])),
            Cell::linked(&row.rule, rule_path(frame, &row.rule)),
            Cell::new(&row.team),
            Cell::new(row.count),
            Cell::new(row.first),
            Cell::linked(row.last, frame.path(&["audit", &index])),
        ]
    };
    let columns = vec!["Release", "Rule", "Team", "Downloads", "First", "Last"];
    let next = |from| Some(frame.query(&["policy", "dry-run"], &filter.at(from)));
    Table::of("Releases", columns, &chosen, filter.from, cells, next)
}

/// A row for programs.
#[derive(Debug, Serialize)]
struct Row<'r> {
    #[serde(rename = "crate")]
    name: &'r str,
    version: String,
    registry: Option<&'r RegistryName>,
    team: &'r TeamId,
    rule: &'r str,
    downloads: u64,
    first: Timestamp,
    last: Timestamp,
    last_event: u64,
}

impl<'r> Row<'r> {
    fn of(it: &'r DryRun) -> Self {
        Self {
            name: it.name.as_str(),
            version: it.version.to_string(),
            registry: it.registry.as_ref(),
            team: &it.team,
            rule: &it.rule,
            downloads: it.count,
            first: it.first,
            last: it.last,
            last_event: it.last_index,
        }
    }
}

/// An export, and whether there is more than it has.
#[derive(Debug, Serialize)]
struct Export<'r> {
    /// Since when it is counted: the beginning of the record.
    since: Option<Timestamp>,
    cut: bool,
    rows: Vec<Row<'r>>,
}

async fn json(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let seen = Seen::by(&room, &visitor).await?;
    let rows = seen.rows().iter().filter(|row| filter.takes(row)).map(Row::of).collect();
    Ok(export::json(&Export { since: begins(&room).await?, cut: seen.cut, rows }))
}

async fn csv(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let seen = Seen::by(&room, &visitor).await?;
    let rows = seen.rows();
    let titles = [
        "crate",
        "version",
        "registry",
        "team",
        "rule",
        "downloads",
        "first",
        "last",
        "last event",
    ];
    let row = |it: &DryRun| {
        [
            it.name.to_string(),
            it.version.to_string(),
            it.registry.as_ref().map_or_else(String::new, ToString::to_string),
            it.team.to_string(),
            it.rule.clone(),
            it.count.to_string(),
            it.first.to_string(),
            it.last.to_string(),
            it.last_index.to_string(),
        ]
    };
    let chosen = rows.iter().filter(|row| filter.takes(row)).map(row);
    Ok(export::csv("dry-run", titles, chosen))
}
