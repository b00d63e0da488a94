use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::{Checksum, RegistryName, TeamId};
use serde::Serialize;

use super::lookalike::Protected;
use super::{AllowLine, Block, DenyLine, DoorRule, Mode};
use crate::{LicenceSet, PackageGlob, Phrase, Place, Placed};

/// What a policy says about what the proxy lets through.
///
/// The default lets everything through but wrong bytes, and what the upstream has deleted or
/// changed since.
#[derive(Debug, Clone, Default)]
pub struct Door {
    pub(super) handling: BTreeMap<DoorRule, Placed<Handling>>,
    pub(super) handling_of_team: BTreeMap<(DoorRule, TeamId), Placed<Handling>>,
    pub(super) deny: Vec<DenyLine>,
    pub(super) allow: Vec<AllowLine>,
    /// The line that says so.
    pub(super) only_allowed: Option<Place>,
    pub(super) minimum_age: BTreeMap<RegistryName, Placed<u16>>,
    /// For registries without a number of their own.
    pub(super) minimum_age_elsewhere: Option<Placed<u16>>,
    pub(super) unknown_age_is_fine: bool,
    pub(super) young_fixes: bool,
    pub(super) informational: bool,
    pub(super) licences: Option<LicenceSet>,
    /// The same, as they are written.
    pub(super) licence_lines: Vec<Placed<String>>,
    pub(super) unknown_licence_is_fine: bool,
    pub(super) largest_crate: Option<Placed<u64>>,
    pub(super) protected: Protected,
    /// The same, as they are written.
    pub(super) protected_lines: Vec<Placed<Phrase>>,
    pub(super) internal_packages: Vec<Placed<PackageGlob>>,
    pub(super) internal_registries: BTreeSet<RegistryName>,
    pub(super) two_person_waivers: bool,
    pub(super) longest_waiver: Option<u16>,
    pub(super) contact: Option<Phrase>,
    pub(super) digest: Option<Checksum>,
}

/// Whether a rule acts, and how hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Handling {
    /// Whether it acts.
    pub mode: Mode,
    /// How hard.
    pub block: Block,
}

impl Handling {
    /// How a rule is handled where no policy says.
    #[must_use]
    pub const fn of(rule: DoorRule) -> Self {
        Self { mode: Mode::Enforce, block: rule.block() }
    }
}

impl Door {
    /// How a rule is handled for a team: the team's own line, or the one for all, or the default.
    #[must_use]
    pub fn handling(&self, rule: DoorRule, team: &TeamId) -> Handling {
        let own = self.handling_of_team.get(&(rule, team.clone()));
        let line = own.or_else(|| self.handling.get(&rule));
        line.map_or_else(|| Handling::of(rule), |line| line.value)
    }

    /// The teams that a line is about, so that their verdicts may differ from others'. Goes through
    /// every line.
    pub fn named_teams(&self) -> impl Iterator<Item = &TeamId> {
        let lines = self.deny.iter().filter_map(|line| line.team.as_ref());
        let lines = lines.chain(self.allow.iter().filter_map(|line| line.team.as_ref()));
        lines.chain(self.handling_of_team.keys().map(|(_, team)| team))
    }

    /// Whether nothing here could object to a line of an index, beside what the upstream says of
    /// it. Licence and size are known only of crates that were fetched.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let mut ages = self.minimum_age.values().chain(&self.minimum_age_elsewhere);
        self.deny.is_empty()
            && self.only_allowed.is_none()
            && self.protected.is_empty()
            && self.internal_packages.is_empty()
            && ages.all(|days| days.value == 0)
    }

    /// Whether a verdict may be another one once the crate was fetched.
    #[must_use]
    pub const fn asks_for_content(&self) -> bool {
        self.licences.is_some() || self.largest_crate.is_some()
    }

    /// Whether a verdict needs the crate's own manifest, which is known once it was fetched.
    #[must_use]
    pub const fn asks_for_licences(&self) -> bool {
        self.licences.is_some()
    }

    /// How many days a release of this registry has to be public.
    #[must_use]
    pub fn minimum_age(&self, registry: &RegistryName) -> Option<u16> {
        let line = self.minimum_age.get(registry).or(self.minimum_age_elsewhere.as_ref());
        line.map(|line| line.value)
    }

    /// Whether the name is kept for internal packages, so that no public upstream is asked for it.
    #[must_use]
    pub fn is_internal(&self, name: &str) -> bool {
        self.internal_packages.iter().any(|glob| glob.value.matches_in_any_spelling(name))
    }

    /// The registries in which internal names are at home.
    #[must_use]
    pub const fn internal_registries(&self) -> &BTreeSet<RegistryName> {
        &self.internal_registries
    }

    /// Whether a waiver opens nothing before another person than its proposer has granted it.
    #[must_use]
    pub const fn two_person_waivers(&self) -> bool {
        self.two_person_waivers
    }

    /// How many days a waiver may hold.
    #[must_use]
    pub fn longest_waiver_days(&self) -> u16 {
        const DEFAULT: u16 = 90;
        self.longest_waiver.unwrap_or(DEFAULT)
    }

    /// Whom to ask for a waiver.
    #[must_use]
    pub fn contact(&self) -> Option<&str> {
        self.contact.as_ref().map(Phrase::as_str)
    }

    /// The digest of the file that says all this: part of what a view depends on.
    #[must_use]
    pub const fn digest(&self) -> Option<Checksum> {
        self.digest
    }
}
