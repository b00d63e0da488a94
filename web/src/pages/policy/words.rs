//! What stands in a policy, in words for people.

use std::borrow::Borrow;

use depaudit_policy::Place;
use depaudit_policy::door::{Mode, RuleInForce};

/// The stylesheet's name for it.
pub(super) const fn class(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "",
        Mode::DryRun => "soft",
        Mode::Off => "quiet",
    }
}

pub(super) fn place(place: Option<&Place>) -> String {
    place.map_or_else(|| "no line: the rule's own".to_owned(), ToString::to_string)
}

/// The lines that decide: the one that says how the rule is handled, and those that it goes by.
pub(super) fn decided(rule: &RuleInForce) -> String {
    let lines = rule.because.place().into_iter().chain(rule.goes_by.iter().map(|it| &it.place));
    let lines: Vec<_> = lines.map(ToString::to_string).collect();
    if lines.is_empty() { place(None) } else { several(&lines) }
}

/// How it is handled, and for which teams otherwise.
pub(super) fn handled(rule: &RuleInForce) -> String {
    let mut told = rule.handling.to_string();
    for team in rule.teams.iter().take(NAMED) {
        told.push_str(&format!("; for {}: {}", team.team, team.handling));
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
    let lines: Vec<_> = rule.goes_by.iter().map(|it| it.what.as_str()).collect();
    several(&lines)
}

fn several(lines: &[impl Borrow<str>]) -> String {
    let (named, more) = lines.split_at_checked(NAMED).unwrap_or((lines, &[]));
    let mut told = named.iter().map(Borrow::borrow).collect::<Vec<_>>().join("; ");
    if let more @ 1.. = more.len() {
        told.push_str(&format!("; and {more} more"));
    }
    told
}
