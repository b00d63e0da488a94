//! What a file says about the doors, in words for people.

use std::fmt;

use serde::Serialize;

use super::inventory::allowed;
use super::{Basis, Block, Door, Handling, Lifted, Mode, RuleInForce};
use crate::Place;

impl Mode {
    /// In words for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enforce => "enforced",
            Self::DryRun => "dry run",
            Self::Off => "off",
        }
    }
}

impl Block {
    /// What it does, in words for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Soft => "holds back",
            Self::Hard => "refuses",
        }
    }
}

impl fmt::Display for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Off => f.write_str(self.mode.word()),
            acts => write!(f, "{}, {}", acts.word(), self.block.word()),
        }
    }
}

impl RuleInForce {
    /// Whether a line speaks of it, be it only to give it something to look for. What is lifted is
    /// [`Door::lifting`].
    #[must_use]
    pub fn is_spoken_of(&self) -> bool {
        self.because.place().is_some()
            || !self.teams.is_empty()
            || !self.goes_by.is_empty()
            || (self.looks && !Door::default().gives_something_to(self.rule))
    }
}

/// A line that lets releases through, whatever some rules say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lifting {
    /// What it is about, and why.
    pub what: String,
    /// Against which rules.
    pub lifts: Lifted,
    /// Where it stands.
    pub place: Place,
}

impl Door {
    /// What is let through against the rules.
    pub fn lifting(&self) -> impl Iterator<Item = Lifting> {
        self.allow.iter().map(|line| {
            let Basis { what, place } = allowed(line);
            Lifting { what, lifts: line.lifts.clone(), place }
        })
    }

    /// What is said about the doors beside their rules, by its key, where it is not what holds anyway.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let allow = |key, is_allowed: bool| is_allowed.then(|| (key, "allow".to_owned()));
        let yes = |key, is_so: bool| is_so.then(|| (key, "true".to_owned()));
        let homes = &self.internal_registries;
        let homes = homes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        [
            allow("unknown-age", self.unknown_age_is_fine),
            allow("young-security-fixes", self.young_fixes),
            yes("informational-advisories", self.informational),
            allow("unknown-licence", self.unknown_licence_is_fine),
            (!homes.is_empty()).then_some(("internal-registries", homes)),
            yes("two-person-waivers", self.two_person_waivers),
            self.longest_waiver.map(|days| ("longest-waiver-days", days.to_string())),
            self.contact().map(|contact| ("contact", contact.to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{PolicyFile, RuleSet};

    fn spoken_of(policy: &str) -> Vec<&'static str> {
        let file = PolicyFile::parse(policy, "depaudit.toml", &RuleSet::default()).unwrap();
        let rules = file.door().rules(true);
        rules.iter().filter(|it| it.is_spoken_of()).map(|it| it.rule.as_str()).collect()
    }

    #[test]
    fn only_what_a_line_speaks_of_is_told() {
        assert!(spoken_of("").is_empty());
        assert!(spoken_of("[door]\ncontact = 'ann'\n").is_empty());
        assert_eq!(spoken_of("[door]\nlicences = []\n"), ["licence"]);
        assert_eq!(spoken_of("[door]\ninternal-registries = ['own']\n"), ["internal-name"]);
        assert_eq!(spoken_of("[door.minimum-age-days]\ncrates-io = 0\n"), ["minimum-age"]);
        assert_eq!(spoken_of("[[door.rule]]\nrule = 'yanked'\nmode = 'off'\n"), ["yanked"]);
    }

    #[test]
    fn what_holds_anyway_is_no_setting_and_the_rest_is_told_by_its_key() {
        let settings = |policy: &str| {
            let file = PolicyFile::parse(policy, "depaudit.toml", &RuleSet::default());
            file.unwrap().door().settings()
        };
        assert_eq!(settings("[door]\nunknown-age = 'deny'\ntwo-person-waivers = false\n"), []);
        let told = settings(
            "[door]\nunknown-age = 'allow'\nyoung-security-fixes = 'allow'\nunknown-licence = 'allow'\n\
             informational-advisories = true\ninternal-registries = ['b', 'a']\n\
             two-person-waivers = true\nlongest-waiver-days = 60\ncontact = 'ann'\n",
        );
        let keys: Vec<_> = told.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.len(), 8, "{keys:?}");
        assert!(told.contains(&("internal-registries", "a, b".to_owned())), "{told:?}");
        assert!(told.contains(&("longest-waiver-days", "60".to_owned())), "{told:?}");
    }
}
