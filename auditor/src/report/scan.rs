use std::collections::BTreeMap;
use std::path::PathBuf;

use depaudit_policy::{Level, Severity};
use serde::Serialize;

use super::{BlindSpot, Counts, CrossTeam, Finding, Override, TeamName};

/// What one scan found.
#[derive(Debug, Clone, Serialize)]
pub struct ScanReport {
    /// The form of the JSON: `depaudit.scan/1`.
    pub schema: &'static str,
    /// Each team, in the order in which they were asked for.
    pub teams: Vec<TeamReport>,
    /// How they differ.
    pub cross_team: CrossTeam,
    /// What the rules found, the worst first.
    pub findings: Vec<Finding>,
    /// The end of it.
    pub summary: Summary,
}

/// What was found of one team.
#[derive(Debug, Clone, Serialize)]
pub struct TeamReport {
    /// The team.
    pub team: TeamName,
    /// The folder that was scanned, as it was asked for.
    pub root: String,
    /// The same as a path, for whoever reads its files again.
    #[serde(skip)]
    pub folder: PathBuf,
    /// How many of each thing there are.
    pub counts: Counts,
    /// Every override.
    pub overrides: Vec<Override>,
    /// What the scan could not see.
    pub blind_spots: Vec<BlindSpot>,
}

/// A scan in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Teams scanned.
    pub teams: usize,
    /// Workspaces, and packages that stand alone.
    pub workspaces: usize,
    /// Overrides, ordinary path dependencies within a workspace left out.
    pub overrides: usize,
    /// Path dependencies on a workspace's own members.
    pub ordinary_path_dependencies: usize,
    /// Files, includes and members that should have been read and could not be.
    pub gaps: usize,
    /// Findings by level.
    pub levels: BTreeMap<Level, usize>,
    /// Findings by severity.
    pub severities: BTreeMap<Severity, usize>,
    /// Where facts about what has been published came from and how old they are, as half a
    /// sentence; absent where there were none. Whoever passes in facts says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// Rules that lacked the facts they need. They have neither passed nor failed.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// What a rule could not judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotEvaluated {
    /// The rule's name.
    pub rule: &'static str,
    /// The rule's code.
    pub code: &'static str,
    /// What it lacks.
    pub lacking: Lacking,
    /// How many packages, overrides or settings it passed over for that reason.
    pub passed_over: usize,
}

/// What a rule may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacking {
    /// Facts about what has been published.
    Facts,
    /// A line of a policy that says what is wanted.
    Policy,
}

impl Lacking {
    /// What it lacks, in words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Facts => "nothing is known about what has been published",
            Self::Policy => "no policy says what is wanted",
        }
    }
}

/// What a scan comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at `deny`, and nothing that could not be read.
    Clean,
    /// A finding at `deny` that is about more than the scan's own gaps.
    Denied,
    /// Something could not be read, and nothing else is at `deny`.
    Incomplete,
    /// No manifest, lock or configuration was found.
    Nothing,
}

impl ScanReport {
    /// The form of the JSON.
    pub const SCHEMA: &'static str = "depaudit.scan/1";

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let denied =
            |finding: &&Finding| finding.level == Level::Deny && finding.waived_by.is_none();
        let mut denied = self.findings.iter().filter(denied);
        let found_nothing =
            |team: &TeamReport| team.counts == Counts::default() && team.overrides.is_empty();
        if denied.any(|finding| finding.code != crate::rules::SCAN_INCOMPLETE) {
            Verdict::Denied
        } else if self.summary.gaps > 0 {
            Verdict::Incomplete
        } else if self.teams.iter().all(found_nothing) {
            Verdict::Nothing
        } else {
            Verdict::Clean
        }
    }
}
