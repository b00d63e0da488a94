//! What a replay found, as programs get it.

use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_policy::door::{Block, DoorRule};
use semver::Version;
use serde::Serialize;

use super::gather::{Counts, Times};

/// The name of this format. A key that means something else, or is gone, makes another name.
pub(super) const SCHEMA: &str = "depaudit.replay/1";

/// The whole answer.
#[derive(Debug, Serialize)]
pub(super) struct Report<'r> {
    pub(super) schema: &'static str,
    /// Decisions from then on were judged.
    pub(super) since: Timestamp,
    /// The moment of the judgement.
    pub(super) judged_at: Timestamp,
    /// The digest of the policy; absent for the rules that hold without one.
    pub(super) policy: Option<Checksum>,
    /// How many advisories there were; absent without a database.
    pub(super) advisories: Option<usize>,
    pub(super) decisions: Counts,
    #[serde(flatten)]
    pub(super) findings: &'r Findings,
}

/// What would be decided otherwise.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    /// Served, and would be denied.
    #[serde(rename = "would_be_denied")]
    pub(super) denied: Vec<Denied>,
    /// Refused, and would be served.
    #[serde(rename = "would_pass")]
    pub(super) passing: Vec<Passing>,
    /// Neither is known.
    #[serde(rename = "not_known")]
    pub(super) unknown: Vec<Unknown>,
}

/// A release, and to whom it went or did not go.
#[derive(Debug, Serialize)]
pub(super) struct Who {
    #[serde(rename = "crate")]
    pub(super) krate: CrateName,
    pub(super) version: Version,
    pub(super) registry: RegistryName,
    pub(super) team: TeamId,
    /// Empty while the server asked for no token.
    pub(super) principals: Vec<String>,
    /// Whether there were more than are named.
    pub(super) more_principals: bool,
}

/// At which moment a release is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Judgement {
    /// Now, by what is known now.
    Now,
    /// When it was first served: under the minimum age alone.
    WhenServed,
}

/// Served, and would be denied.
#[derive(Debug, Serialize)]
pub(super) struct Denied {
    #[serde(flatten)]
    pub(super) who: Who,
    pub(super) judged: Judgement,
    pub(super) block: Block,
    pub(super) rule: DoorRule,
    pub(super) why: String,
    /// From when on the rule does not object any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    pub(super) served: Option<Times>,
    /// Served while the index held it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held_back: Option<Times>,
}

/// Refused, and would be served.
#[derive(Debug, Serialize)]
pub(super) struct Passing {
    #[serde(flatten)]
    pub(super) who: Who,
    /// What refused it, the last time.
    pub(super) was: Option<Was>,
    pub(super) refused: Times,
    /// The rule that would still hold it back in the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held_back_by: Option<DoorRule>,
}

/// What refused a release.
#[derive(Debug, Serialize)]
pub(super) struct Was {
    pub(super) rule: DoorRule,
    pub(super) why: String,
}

impl From<(DoorRule, String)> for Was {
    fn from((rule, why): (DoorRule, String)) -> Self {
        Self { rule, why }
    }
}

/// A rule could not tell.
#[derive(Debug, Serialize)]
pub(super) struct Unknown {
    #[serde(flatten)]
    pub(super) who: Who,
    pub(super) rule: DoorRule,
    pub(super) lacking: Lacking,
}

/// What a rule would have needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lacking {
    /// The crate's index entry.
    IndexEntry,
    /// The crate's bytes.
    Crate,
}

impl Lacking {
    /// For people.
    pub(super) const fn as_text(self) -> &'static str {
        match self {
            Self::IndexEntry => "its index entry is not stored any more",
            Self::Crate => "its bytes are not stored any more",
        }
    }
}
