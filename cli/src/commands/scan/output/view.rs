use std::cmp::Reverse;

use depaudit_auditor::report::{BlindSpot, Finding, Lacking, Place, ScanReport, TeamName};
use depaudit_auditor::rules::Rule;
use depaudit_policy::Level;

use super::places::{PlaceName, Places};

/// What every format is made from: a scan, the table of rules, and where the files lie.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What was found.
    pub report: &'a ScanReport,
    /// Every rule, in the order of their codes.
    pub rules: &'a [&'static Rule],
    /// Where the teams' files lie in their repositories.
    pub places: &'a Places,
}

impl<'a> View<'a> {
    /// The findings to show: those that count, the worst first, then those that somebody has
    /// waived or that were there before. What a policy allows is in the JSON alone.
    pub(super) fn findings(&self) -> Vec<&'a Finding> {
        let mut shown: Vec<_> =
            self.report.findings.iter().filter(|finding| finding.level > Level::Allow).collect();
        // Stable: within one rank the order stays the scan's, which is that of teams and places.
        shown
            .sort_by_key(|finding| (!finding.stands(), Reverse((finding.level, finding.severity))));
        shown
    }

    /// The findings that count, at one level.
    pub(super) fn at(&self, level: Level) -> impl Iterator<Item = &'a Finding> {
        let counted = move |finding: &&Finding| finding.level == level && finding.stands();
        self.findings().into_iter().filter(counted)
    }

    /// The file of a finding's place in its repository.
    pub(super) fn name(&self, finding: &'a Finding, place: &'a Place) -> PlaceName<'a>
    where
        Self: 'a,
    {
        let team = place.team.as_ref().or(finding.team.as_ref());
        self.places.name(team, place.location.path.as_str())
    }

    /// Where a finding is shown that has no place: the manifest at the top of its team's folder.
    pub(super) fn fallback(&self, finding: &'a Finding) -> PlaceName<'a>
    where
        Self: 'a,
    {
        self.places.name(finding.team.as_ref(), "")
    }

    /// What the rule of this code lacked, where it could not judge all that it saw.
    pub(super) fn unevaluated(&self, code: &str) -> Option<Lacking> {
        let mut all = self.report.summary.not_evaluated.iter();
        all.find(|it| it.code == code).map(|it| it.lacking)
    }

    /// What the scan could not see, with the team.
    pub(super) fn blind_spots(&self) -> impl Iterator<Item = (&'a TeamName, &'a BlindSpot)> {
        self.report.teams.iter().flat_map(|team| team.blind_spots.iter().map(|it| (&team.team, it)))
    }
}
