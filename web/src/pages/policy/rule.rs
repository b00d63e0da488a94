//! `/policy/rule/{rule}`: one rule, how it is handled and by which lines, and its documentation.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use depaudit_policy::door::{Basis, DoorRule, RuleInForce, TeamHandling};
use depaudit_policy::{Decided, Policy, Subject};
use serde::Deserialize;

use super::super::asked::Asked;
use super::super::frame::{Entry, Frame};
use super::super::markdown;
use super::super::outside as filters;
use super::super::page;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};
use super::super::visitor::Visitor;
use super::{ScanRule, words};

/// Where a long table begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    #[serde(default)]
    pub(super) from: usize,
}

pub(super) async fn page(
    State(room): State<Arc<Room>>,
    visitor: Visitor,
    Path(name): Path<String>,
    Asked(Begin { from }): Asked<Begin>,
) -> Result<Response, Problem> {
    let frame = room.frame(Entry::Policy, &visitor);
    if let Ok(rule) = name.parse::<DoorRule>() {
        let door = room.desk().in_force();
        let of_door = |it: &RuleInForce| it.rule == rule;
        let rule = door.rules.into_iter().find(of_door).ok_or(Problem::Internal)?;
        return Ok(page::respond(&of_the_door(frame, &rule, from)));
    }
    let named = |rule: &ScanRule| rule.known.code.as_str() == name || rule.known.name == name;
    let Some(rule) = room.desk().scan_rules().into_iter().find(named) else {
        return Err(Problem::NotFound(format!("no rule is called `{name}`")));
    };
    let (rule, lines) = room.ask(|asking| consider(asking.policy(), rule)).await?;
    Ok(page::respond(&of_the_scan(frame, &rule, &lines)))
}

#[derive(Template)]
#[template(path = "policy/rule.html")]
struct RulePage<'a> {
    frame: Frame<'a>,
    name: String,
    title: String,
    /// What it is called and how it stands, by what it is called.
    facts: Vec<(&'static str, String)>,
    /// The lines that it goes by, or that were considered.
    lines: Table,
    /// What else there is to list.
    others: Vec<Table>,
    documentation: String,
}

fn of_the_door<'a>(frame: Frame<'a>, rule: &RuleInForce, from: usize) -> RulePage<'a> {
    let name = rule.rule.as_str();
    let next =
        |from: usize| Some(frame.query(&["policy", "rule", name], &[("from", from.to_string())]));
    let basis = |it: &Basis| vec![Cell::new(&it.what), Cell::new(&it.place)];
    let table = |title, column, lines: &[Basis], from| {
        Table::of(title, vec![column, "Line"], lines, from, basis, next)
    };
    let team = |it: &TeamHandling| {
        let acts = it.handling.mode.word();
        vec![
            Cell::new(&it.team),
            Cell::new(acts).class(words::class(it.handling.mode)),
            Cell::new(it.handling.block.word()),
            Cell::new(&it.place),
        ]
    };
    let columns = vec!["Team", "Mode", "How", "Line"];
    let teams = Table::of("Teams with a line of their own", columns, &rule.teams, from, team, next);
    let lifted = table("What lifts it", "Lifted for", &rule.lifted_by, from);
    let mut facts = vec![
        ("Where", "at the doors of this server".to_owned()),
        ("Mode", rule.handling.mode.word().to_owned()),
        ("How", rule.handling.block.word().to_owned()),
        ("Decided by", words::decided(rule)),
    ];
    if !rule.looks {
        facts.push(("Looks for", "nothing: the policy gives it nothing to look for".to_owned()));
    }
    RulePage {
        frame,
        name: name.to_owned(),
        title: rule.rule.title().to_owned(),
        facts,
        lines: table("What it goes by", "What it says", &rule.goes_by, from),
        others: [teams, lifted].into_iter().filter(|it| !it.rows.is_empty()).collect(),
        documentation: markdown::for_page(rule.rule.documentation()),
    }
}

/// A line that speaks of a rule of the scan: what of, its level, where it stands, what became of it.
type Line = [String; 4];

fn consider(policy: &Policy, rule: ScanRule) -> (Considered, Vec<Line>) {
    let decided = policy.level_of(&rule.known, &Subject::default());
    let lines = policy.explain(&rule.known, &Subject::default()).into_iter().map(|line| {
        let (about, level) = (line.scope.to_string(), line.level.to_string());
        [about, level, line.place.to_string(), line.outcome.why().to_owned()]
    });
    let lines = lines.collect();
    (Considered { rule, decided }, lines)
}

struct Considered {
    rule: ScanRule,
    decided: Decided,
}

fn of_the_scan<'a>(frame: Frame<'a>, it: &Considered, lines: &[Line]) -> RulePage<'a> {
    let Considered { rule: ScanRule { known, title, documentation }, decided } = it;
    let columns = vec!["Speaks of", "Level", "Line", "What became of it"];
    let cells = |line: &Line| line.iter().map(Cell::new).collect();
    let waived = if known.can_be_waived() { "yes, by [[waiver]]" } else { "no" };
    RulePage {
        frame,
        name: known.code.to_string(),
        title: title.clone(),
        facts: vec![
            ("Where", "in scans of the repositories".to_owned()),
            ("Name", known.name.to_string()),
            ("Group", known.group.to_string()),
            ("Severity", known.severity.to_string()),
            ("Level", decided.level.to_string()),
            ("Decided by", words::place(decided.because.place())),
            ("Can be waived", waived.to_owned()),
        ],
        lines: Table::of("Lines that speak of it", columns, lines, 0, cells, |_| None),
        others: Vec::new(),
        documentation: markdown::for_page(documentation),
    }
}
