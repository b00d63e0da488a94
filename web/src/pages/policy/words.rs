//! What stands in a policy, in words for people.

use depaudit_policy::Place;
use depaudit_policy::door::{Block, Handling, Mode, RuleInForce};

pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforced",
        Mode::DryRun => "dry run",
        Mode::Off => "off",
    }
}

/// The stylesheet's name for it.
pub(super) const fn class(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "",
        Mode::DryRun => "soft",
        Mode::Off => "quiet",
    }
}

pub(super) const fn block(block: Block) -> &'static str {
    match block {
        Block::Soft => "holds back",
        Block::Hard => "refuses",
    }
}

pub(super) fn place(place: Option<&Place>) -> String {
    place.map_or_else(|| "no line: the rule's own".to_owned(), ToString::to_string)
}

fn handling(handling: Handling) -> String {
    match handling.mode {
        Mode::Off => mode(Mode::Off).to_owned(),
        acts => format!("{}, {}", mode(acts), block(handling.block)),
    }
}

/// How it is handled, and for which teams otherwise.
pub(super) fn handled(rule: &RuleInForce) -> String {
    let mut told = handling(rule.handling);
    for team in rule.teams.iter().take(NAMED) {
        told.push_str(&format!("; for {}: {}", team.team, handling(team.handling)));
    }
    if let Some(more @ 1..) = rule.teams.len().checked_sub(NAMED) {
        told.push_str(&format!("; and for {more} more teams"));
    }
    told
}

/// How many teams or lines are named where there is a page that names all.
const NAMED: usize = 3;

/// What it goes by.
pub(super) fn goes_by(rule: &RuleInForce) -> String {
    if !rule.looks {
        return "nothing to look for".to_owned();
    }
    let named: Vec<_> = rule.goes_by.iter().take(NAMED).map(|it| it.what.as_str()).collect();
    let mut told = named.join("; ");
    if let Some(more @ 1..) = rule.goes_by.len().checked_sub(NAMED) {
        told.push_str(&format!("; and {more} more"));
    }
    told
}
