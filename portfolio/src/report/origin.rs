use depaudit_model::TeamId;
use serde::{Deserialize, Serialize};

use super::{Branch, Commit, Repository};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The first form. What is added to it later is ignored by older servers.
    #[serde(rename = "depaudit.report/1")]
    V1,
}

/// Whose report it is, and of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The team.
    pub team: TeamId,
    /// Its repository.
    pub repository: Repository,
    /// The branch that was scanned.
    pub branch: Branch,
    /// The commit, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
}
