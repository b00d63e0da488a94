//! The versions of a crate judged from the oldest on, so that each can be compared with the newest
//! older one that the team may have.

use depaudit_model::Timestamp;
use depaudit_model::cargo::CrateName;
use depaudit_policy::Advisories;
use depaudit_policy::door::{CrateDoor, DoorRule, DoorVerdict};
use semver::Version;

use super::in_force::{InForce, Judged, Listed};

/// Where a judgement of all versions has come to.
pub(super) struct Ascent<'a> {
    rules: &'a InForce,
    about: &'a CrateDoor<'a>,
    name: &'a CrateName,
    advisories: &'a Advisories,
    before: Option<&'a Version>,
}

impl<'a> Ascent<'a> {
    /// Begins below the oldest version. `None` where no version is compared with another.
    pub(super) fn begin(
        rules: &'a InForce,
        about: &'a CrateDoor<'a>,
        name: &'a CrateName,
    ) -> Option<Self> {
        let advisories = rules.read_advisories()?;
        let compares =
            rules.door().lets_fixes_be_young() && !advisories.of_crate(name.as_str()).is_empty();
        compares.then_some(Self { rules, about, name, advisories, before: None })
    }

    /// Judges every listed version below `version`, without telling what came of them.
    pub(super) fn up_to(&mut self, version: &Version, listed: Listed<'a>, now: Timestamp) {
        let mut lines: Vec<_> =
            listed.lines.iter().filter(|line| line.version < *version).collect();
        lines.sort_by(|a, b| a.version.cmp(&b.version));
        for line in lines {
            self.judge(&line.version, &Judged::of_listed(line, listed, now));
        }
    }

    /// Judges the next version. Each has to be newer than those before.
    pub(super) fn judge(&mut self, version: &'a Version, known: &Judged<'_>) -> DoorVerdict {
        let verdict = self.judge_last(version, known);
        // What an advisory holds back is what a fix is for.
        if verdict.objects_to_nothing_but(DoorRule::Advisory) {
            self.before = Some(version);
        }
        verdict
    }

    /// Judges the next version, which no other is compared with.
    pub(super) fn judge_last(&self, version: &Version, known: &Judged<'_>) -> DoorVerdict {
        let decide =
            |mends: &[Box<str>]| self.rules.decide(self.about, self.name, version, known, mends);
        let verdict = decide(&[]);
        let Some(before) = self.before.filter(|_| verdict.finds_it_too_young()) else {
            return verdict;
        };
        let name = self.name.as_str();
        let mends = self.rules.door().mends(self.advisories, name, version, before);
        if mends.is_empty() { verdict } else { decide(&mends) }
    }
}
