use std::collections::BTreeMap;

use depaudit_model::Timestamp;
use depaudit_model::cargo::OverrideLayer;
use depaudit_portfolio::report::{
    Counts, EncodedReport, FindingTally, Label, Origin, OverrideRecord, Package, Report,
    ReportError, Schema, Workspace,
};

use super::{ScanReport, TeamReport};
use crate::files::RepoPath;
use crate::output::Excerpts;

/// What a scan keeps of a team for a report: see [`ScanReport::outgoing`].
#[derive(Debug, Clone, Default)]
pub struct LockedGraphs {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) overrides: Vec<OverrideRecord>,
    pub(crate) locks: usize,
    pub(crate) roots: usize,
    pub(crate) gaps: usize,
    pub(crate) left_out: usize,
}

impl ScanReport {
    /// What is reported of a team to a server (`depaudit.report/1`). `None` where the request did not
    /// ask to keep what it needs.
    ///
    /// # Errors
    /// When it is larger than a server takes.
    pub fn outgoing(
        &self,
        team: &TeamReport,
        origin: Origin,
        time: Timestamp,
        tool: semver::Version,
    ) -> Option<Result<EncodedReport, ReportError>> {
        let kept = team.locked.as_ref()?;
        let mut excerpts = Excerpts::new(&team.folder);
        let told = |record: &OverrideRecord| OverrideRecord {
            text: line(&mut excerpts, record),
            ..record.clone()
        };
        Some(EncodedReport::new(Report {
            schema: Schema::V1,
            origin,
            time,
            tool,
            packages: kept.packages.clone(),
            workspaces: kept.workspaces.clone(),
            overrides: kept.overrides.iter().map(told).collect(),
            findings: self.tally(team),
            counts: Counts {
                manifests: count(team.counts.manifests),
                workspaces: count(kept.roots),
                locks: count(kept.locks),
                gaps: count(kept.gaps),
                left_out: count(kept.left_out),
            },
        }))
    }

    /// What concerns several teams counts for each of them.
    fn tally(&self, team: &TeamReport) -> Vec<FindingTally> {
        let mut tallies = BTreeMap::<_, FindingTally>::new();
        let own = |of: &super::TeamName| *of == team.team;
        for finding in self.findings.iter().filter(|it| it.team.as_ref().is_none_or(own)) {
            let Ok(rule) = finding.code.parse() else { continue };
            let level = finding.level;
            let (standing, waived, in_baseline) = (0, 0, 0);
            let empty = FindingTally { rule, level, standing, waived, in_baseline };
            let tally = tallies.entry((finding.code, level)).or_insert(empty);
            if finding.waived_by.is_some() {
                tally.waived += 1;
            } else if finding.in_baseline {
                tally.in_baseline += 1;
            } else {
                tally.standing += 1;
            }
        }
        tallies.into_values().collect()
    }
}

/// What the line of an override says, as it may be shown: without its comment. A CI file, a script or a container file says more
/// than that: what they set is in the record.
fn line(excerpts: &mut Excerpts, record: &OverrideRecord) -> Option<Label> {
    if !matches!(record.layer, OverrideLayer::Manifest | OverrideLayer::Config) {
        return None;
    }
    let path = RepoPath::root().join(record.path.as_str()).ok()?;
    crate::keep::label(excerpts.line_of_toml(&path, record.line)?.trim())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
