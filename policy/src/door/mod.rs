//! What the proxy lets through: one decision for the index view and for the download.
//!
//! [`Door`] is what a policy says about it, [`CrateDoor`] the part that concerns one crate for one
//! team, and [`CrateDoor::decide`] the one function that both doors ask. It is pure: what is known
//! of a release comes in as [`ReleaseFacts`], and what is not known is a fact too, because no
//! absence reads as "fine".

mod check;
mod documentation;
mod facts;
mod inventory;
mod lifted;
mod list;
mod lookalike;
mod mend;
mod permit;
mod read;
mod refusal;
mod rule;
mod settings;
mod shape;
mod spoken;
#[cfg(test)]
mod tests;
mod verdict;
mod why;

pub use facts::{AdvisoryHit, Known, ReleaseFacts, Standing as UpstreamStanding};
pub use inventory::{Basis, RuleInForce, TeamHandling};
pub use lifted::{Lifted, NotLifted};
pub use list::{AllowLine, DenyLine};
pub use permit::{Permit, PermitAbout};
pub use refusal::{Refusal, RefusalContext};
pub use rule::{Block, DoorRule, Mode, NoDoorRule};
pub use settings::{Door, Handling};
pub(crate) use shape::DoorShape;
pub use spoken::Lifting;
pub use verdict::{DoorVerdict, Exemption, Look, Objection, Outcome, Saw};
pub use why::{Why, WhyRelease, WhyVersion, WhyWaiver};

use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId};
use semver::Version;

use crate::Day;

/// The part of a door that concerns one crate for one team: the lines that name it are looked up
/// once, and each of its versions is judged against these few.
#[derive(Debug, Clone)]
pub struct CrateDoor<'d> {
    pub(crate) door: &'d Door,
    pub(crate) registry: &'d RegistryName,
    pub(crate) name: &'d CrateName,
    pub(crate) denied: Vec<&'d DenyLine>,
    pub(crate) allowed: Vec<&'d AllowLine>,
    pub(crate) permits: Vec<&'d Permit>,
    pub(crate) handling: [Handling; DoorRule::ALL.len()],
    pub(crate) lookalike: Option<&'d str>,
    /// The internal registry that is known to have a crate of this name, too.
    pub(crate) home: Option<&'d RegistryName>,
}

impl Door {
    /// What concerns this crate. `permits` are the waivers that were granted while running.
    #[must_use]
    pub fn about<'d>(
        &'d self,
        team: &'d TeamId,
        registry: &'d RegistryName,
        name: &'d CrateName,
        permits: &'d [Permit],
    ) -> CrateDoor<'d> {
        let text = name.as_str();
        let allowed: Vec<_> = self.allow.iter().filter(|line| line.concerns(team, text)).collect();
        let handling = DoorRule::ALL.map(|rule| self.handling(rule, team));
        let looked_for = handling[DoorRule::Lookalike as usize].mode != Mode::Off;
        CrateDoor {
            door: self,
            registry,
            name,
            denied: self.deny.iter().filter(|line| line.concerns(team, text)).collect(),
            allowed,
            permits: permits.iter().filter(|it| it.concerns(team, registry, text)).collect(),
            handling,
            lookalike: looked_for.then(|| lookalike::of(text, &self.protected)).flatten(),
            home: None,
        }
    }
}

impl<'d> CrateDoor<'d> {
    /// The same, where an internal registry is known to have a crate of this name: that one wins, and
    /// the name is kept like those that the policy lists.
    #[must_use]
    pub fn at_home_in(mut self, home: Option<&'d RegistryName>) -> Self {
        self.home = home;
        self
    }
}

impl CrateDoor<'_> {
    /// Whether the version may go to the team, and which rules looked at what.
    ///
    /// Of several objections the hardest decides; of equally hard ones, the first in the order of
    /// [`DoorRule::ALL`]. An objection of a rule in [`Mode::DryRun`] is kept beside the verdict and
    /// changes nothing.
    #[must_use]
    pub fn decide(&self, version: &Version, facts: &ReleaseFacts<'_>) -> DoorVerdict {
        let mut verdict = DoorVerdict::new();
        for rule in DoorRule::ALL {
            let handling = self.handling[rule as usize];
            if handling.mode == Mode::Off {
                continue;
            }
            if check::is_idle(rule, self, facts) {
                verdict.idle(rule);
                continue;
            }
            match check::check(rule, self, version, facts) {
                Ok(saw) => verdict.passed(rule, saw),
                Err(found) => {
                    let block = found.block.unwrap_or(handling.block);
                    let objection = Objection { rule, block, saw: found.saw, until: found.until };
                    match self.exempt(rule, version, facts, &objection.saw) {
                        Some(exemption) => verdict.exempted(objection, exemption),
                        None if handling.mode == Mode::DryRun => verdict.would(objection),
                        None => verdict.objected(objection),
                    }
                }
            }
        }
        verdict
    }

    /// Whether the name alone is refused, so that the registry must not even be asked for it: it is
    /// kept for an internal package, and is not at home here. Where a line or a waiver lets some
    /// version through, or the rule is soft or does not act, each version is judged by itself.
    #[must_use]
    pub fn keeps_the_name(&self, today: Day) -> Option<Objection> {
        let rule = DoorRule::InternalName;
        let Handling { mode, block } = self.handling[rule as usize];
        if mode != Mode::Enforce || block != Block::Hard {
            return None;
        }
        let found = check::internal_name(self).err()?;
        let lifted = self.allowed.iter().any(|line| line.lifts_for_some(rule))
            || self.permits.iter().any(|it| it.lifts_for_some(rule) && today < it.expires);
        let objection = Objection { rule, block, saw: found.saw, until: None };
        (!lifted).then_some(objection)
    }

    /// The waivers that hold on a day: for one version with these advisories about it, or for any
    /// version of the crate.
    pub fn permits_on(
        &self,
        today: Day,
        asked: Option<(&Version, &[String])>,
    ) -> impl Iterator<Item = &Permit> {
        let holding = self.permits.iter().copied().filter(move |permit| today < permit.expires);
        holding.filter(move |permit| match (&permit.about, asked) {
            (PermitAbout::Release { .. }, None) => true,
            (PermitAbout::Advisory(_), None) => false,
            (PermitAbout::Release { version: wanted, .. }, Some((version, _))) => {
                wanted.matches(version)
            }
            (PermitAbout::Advisory(id), Some((_, about))) => about.iter().any(|it| **it == **id),
        })
    }

    /// What lifts an objection: a line of the policy, a permit that has not ended, or what it mends.
    fn exempt(
        &self,
        rule: DoorRule,
        version: &Version,
        facts: &ReleaseFacts<'_>,
        saw: &Saw,
    ) -> Option<Exemption> {
        let line = self.allowed.iter().find(|line| line.lifts(rule, version));
        if let Some(line) = line {
            return Some(Exemption::Line(line.place.clone()));
        }
        if let Some(permit) = self.permits.iter().find(|it| it.lifts(rule, version, facts, saw)) {
            return Some(Exemption::Permit { id: permit.id.clone(), expires: permit.expires });
        }
        // Only a known age: what is not known is not young.
        let young = rule == DoorRule::MinimumAge && matches!(facts.published, Known::Yes(_));
        let mends = young && self.door.young_fixes && !facts.mends.is_empty();
        mends.then(|| Exemption::Mends(facts.mends.into()))
    }
}
