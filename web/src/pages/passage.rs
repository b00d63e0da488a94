//! Whether the doors let through what a page is about to advise: `cargo update` gets nothing that the policy
//! refuses, nor what it marks as withdrawn for a while.

use std::collections::BTreeSet;

use depaudit_model::cargo::Line;
use depaudit_model::{RegistryName, TeamId};
use depaudit_policy::door::{Outcome, Why};
use depaudit_portfolio::question::Old;
use semver::Version;

use super::room::Asking;

/// What the doors make of the version to which a lock is to be brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passage {
    /// It passes, or no rule could look at it: nothing is stored of the crate's index.
    Open,
    /// It does not, for at least one of the teams.
    Closed {
        /// Which version, by which rule, until when.
        why: String,
        /// The newest release that passes for all of them, and is compatible with what they lock and newer.
        instead: Option<Version>,
    },
    /// The stores cannot be read now.
    NotKnown,
}

impl Passage {
    pub(super) fn of(asking: &Asking, old: Old<'_>, teams: &BTreeSet<TeamId>) -> Self {
        let Ok(rulings) = asking.rulings(old.name, teams) else { return Self::NotKnown };
        let crates_io = RegistryName::crates_io();
        let whys: Vec<_> =
            rulings.iter().map(|it| &*it.why).filter(|it| it.registry == crates_io).collect();
        let Some(why) = whys.iter().find_map(|why| objection(why, old.to)) else {
            return Self::Open;
        };
        let passes = |version: &Version| whys.iter().all(|why| objection(why, version).is_none());
        let name = old.name.as_str().parse().ok();
        let releases = name.and_then(|name| asking.facts().releases(&name)).unwrap_or_default();
        let stable = releases.iter().filter(|it| it.is_or_may_be_stable()).map(|it| &it.version);
        let compatible =
            stable.filter(|it| *it > old.locked && Line::of(it) == Line::of(old.locked));
        let instead = compatible.filter(|it| passes(it)).max().cloned();
        Self::Closed { why, instead }
    }
}

/// Why a version does not pass, in words; `None` where it does.
fn objection(why: &Why, version: &Version) -> Option<String> {
    if why.name_refused.is_some() {
        return Some("the policy refuses the name".to_owned());
    }
    let found = why.versions.iter().find(|it| it.version == *version)?;
    let word = match found.outcome {
        Outcome::Allowed => return None,
        Outcome::Soft => "held back",
        Outcome::Hard => "refused",
    };
    let because = found.decided.as_ref().map_or_else(String::new, |it| {
        let until = it.until.map_or_else(String::new, |until| format!(" until {until}"));
        format!("{until} by the rule {}: {}", it.rule, it.saw)
    });
    Some(format!("{version} is {word} here{because}"))
}
