use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, TeamId};
use semver::{Version, VersionReq};

use super::{DoorRule, Lifted, ReleaseFacts, Saw};
use crate::{Day, Link, Phrase};

/// A waiver at the door: what would be blocked goes through, until a day.
///
/// Unlike a `[[waiver]]` of a policy file, it is granted while the server runs, and each grant is
/// on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// What it is called: in events, and to end it.
    pub id: Box<str>,
    /// What it is for.
    pub about: PermitAbout,
    /// For which registry's crates.
    pub registry: RegistryName,
    /// For which team; absent for all.
    pub team: Option<TeamId>,
    /// Who asked for it, and answers for it.
    pub owner: Phrase,
    /// Why.
    pub reason: Phrase,
    /// Where more is said.
    pub link: Option<Link>,
    /// The first day on which it does not hold any more.
    pub expires: Day,
}

/// What a permit is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermitAbout {
    /// Versions of a crate, against some rules.
    Release {
        /// The crate.
        name: CrateName,
        /// Its versions.
        version: VersionReq,
        /// Against which.
        lifts: Lifted,
    },
    /// One advisory, whatever it is about.
    Advisory(Box<str>),
}

impl Permit {
    pub(super) fn concerns(&self, team: &TeamId, registry: &RegistryName, name: &str) -> bool {
        let named = match &self.about {
            PermitAbout::Release { name: mine, .. } => mine.as_str() == name,
            PermitAbout::Advisory(_) => true,
        };
        named && self.registry == *registry && self.team.as_ref().is_none_or(|it| it == team)
    }

    /// Whether it lifts the rule for a crate, if not for each version.
    pub(super) fn lifts_for_some(&self, rule: DoorRule) -> bool {
        matches!(&self.about, PermitAbout::Release { lifts, .. } if lifts.lifts(rule))
    }

    /// What it lifts.
    #[must_use]
    pub fn lifted(&self) -> Lifted {
        match &self.about {
            PermitAbout::Release { lifts, .. } => lifts.clone(),
            PermitAbout::Advisory(_) => Lifted::one(DoorRule::Advisory),
        }
    }

    /// A permit for an advisory lifts the rule only when each advisory that the rule objects to is this
    /// one.
    pub(super) fn lifts(
        &self,
        rule: DoorRule,
        version: &Version,
        facts: &ReleaseFacts<'_>,
        saw: &Saw,
    ) -> bool {
        if facts.today() >= self.expires {
            return false;
        }
        match &self.about {
            PermitAbout::Release { version: wanted, lifts, .. } => {
                lifts.lifts(rule) && wanted.matches(version)
            }
            PermitAbout::Advisory(id) => {
                // What the rule objected to, and nothing else: which advisories count is the rule's.
                let Saw::Advisories(counted) = saw else { return false };
                rule == DoorRule::Advisory && counted.iter().all(|counted| **counted == **id)
            }
        }
    }
}
