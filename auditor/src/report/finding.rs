pub use depaudit_policy::Fingerprint;
use depaudit_policy::{KnownRule, Level, Severity};
use serde::Serialize;

use super::{Location, TeamName};
use crate::files::RepoPath;
use crate::fix::Fix;

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, as people write it.
    pub rule: &'static str,
    /// The rule's code, which never changes.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happens.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The package it is about.
    pub package: Option<FoundPackage>,
    /// The team; absent for what concerns several.
    pub team: Option<TeamName>,
    /// The folder of the workspace.
    pub workspace: Option<RepoPath>,
    /// Where it stands, the most telling place first. Never empty.
    pub locations: Vec<Place>,
    /// What makes it the same finding tomorrow.
    pub fingerprint: Fingerprint,
    /// The line of a policy that gave it its level; absent where the rule's own holds.
    pub decided_by: Option<depaudit_policy::Place>,
    /// The waiver that covers it.
    pub waived_by: Option<String>,
    /// Whether it was there when the team began, and its baseline lists it: it does not fail.
    pub in_baseline: bool,
    /// How `depaudit fix` would mend it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Whether nobody has waived it, and no baseline hides it.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.waived_by.is_none() && !self.in_baseline
    }

    /// What becomes of it, in a word or three: its level, or what hides it.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        if self.waived_by.is_some() {
            "waived"
        } else if self.in_baseline {
            "in the baseline"
        } else {
            self.level.as_str()
        }
    }

    /// Whether a baseline may say that it was there before. What a waiver hides needs none, and
    /// what is wrong with waivers and policies cannot be accepted by the file that is wrong.
    #[must_use]
    pub fn can_be_in_baseline(&self) -> bool {
        let known = crate::rules::known().find(self.code);
        self.level > Level::Allow
            && self.waived_by.is_none()
            && known.is_some_and(KnownRule::can_be_waived)
    }
}

/// A package that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundPackage {
    /// Its name.
    pub name: String,
    /// Its version, where one is meant.
    pub version: Option<String>,
}

/// A location of a finding; where a finding concerns several teams, with whose file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The team, where the finding names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// The place.
    #[serde(flatten)]
    pub location: Location,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self { team: None, location }
    }
}
