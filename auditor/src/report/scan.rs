use std::collections::BTreeMap;
use std::path::PathBuf;

use depaudit_policy::{Baseline, BaselineEntry, Level, Severity, Standing, Verdict};
use serde::Serialize;

use super::{BlindSpot, Counts, CrossTeam, Finding, LockedGraphs, Override, TeamName};

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
    /// What it locks, where the request asked to keep it: too much for the JSON of a scan.
    #[serde(skip)]
    pub locked: Option<LockedGraphs>,
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
    /// Findings that no waiver and no baseline hides, by level.
    pub levels: BTreeMap<Level, usize>,
    /// Those of them that are shown, by severity: what a policy allows is left out.
    pub severities: BTreeMap<Severity, usize>,
    /// Findings that a waiver hides.
    pub waived: usize,
    /// Findings that were there before, and do not count therefore.
    pub in_baseline: usize,
    /// Findings that were left out, because no file that they name was changed.
    pub unchanged: usize,
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
    /// The record of a registry proxy.
    Record,
    /// The bytes of a release, or of what stands in for it.
    Bytes,
    /// A line of a policy that says what is wanted.
    Policy,
}

impl Lacking {
    /// What it lacks, in words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Facts => "nothing is known about what has been published",
            Self::Record => "no record of a registry proxy was asked",
            Self::Bytes => "the release, or what stands in for it, is not at hand",
            Self::Policy => "no policy says what is wanted",
        }
    }
}

impl ScanReport {
    /// The form of the JSON.
    pub const SCHEMA: &'static str = "depaudit.scan/1";

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let standing = self.findings.iter().filter(|finding| finding.stands());
        let standing = standing.map(|finding| Standing {
            level: finding.level,
            gap: finding.code == crate::rules::SCAN_INCOMPLETE,
        });
        let has_something =
            |team: &TeamReport| team.counts != Counts::default() || !team.overrides.is_empty();
        Verdict::of(standing, self.teams.iter().any(has_something))
    }

    /// What is there now, for later scans to compare with: the findings that count, and those that
    /// were there before and still are.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let kept = self.findings.iter().filter(|finding| finding.can_be_in_baseline());
        kept.map(|finding| {
            let package = finding.package.as_ref().map(|package| package.name.clone());
            let file = || finding.locations.first().map(|place| place.location.path.to_string());
            let label = package.or_else(file).unwrap_or_default();
            (finding.fingerprint, BaselineEntry { rule: finding.code.to_owned(), label })
        })
        .collect()
    }
}
