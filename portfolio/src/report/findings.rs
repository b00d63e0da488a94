use depaudit_policy::Level;
use serde::{Deserialize, Serialize};

use super::Label;

/// How many findings of a rule there are at a level.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingTally {
    /// The rule's code.
    pub rule: Label,
    /// What becomes of them.
    pub level: Level,
    /// Those that no waiver and no baseline hides.
    pub standing: u32,
    /// Those that a waiver hides.
    pub waived: u32,
    /// Those that were there before.
    pub in_baseline: u32,
}

/// How many of each thing a repository has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Manifests.
    pub manifests: u32,
    /// Workspaces, and packages that stand alone.
    pub workspaces: u32,
    /// Locks that could be read.
    pub locks: u32,
    /// Files that should have been read and could not be.
    pub gaps: u32,
    /// Locked packages that are not in the report, because their name or version is none.
    pub left_out: u32,
}
