//! What becomes of findings: their levels, who waived them, and what the policy itself gives rise
//! to. Rules find; here the policy decides.

mod home;
mod level;
#[cfg(test)]
mod tests;
mod waiver;
mod weakening;

use std::collections::BTreeSet;

use crate::files::RepoPath;
use crate::report::{Finding, Place, TeamName};
use crate::request::{ScanRequest, TeamRoot};
use crate::rules::{self, Findings, Selection};

/// What is left when the policies have spoken.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The findings, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// How many were left out, because no file that they name was changed.
    pub(crate) unchanged: usize,
}

/// Judges everything that the rules of one scan found.
pub(crate) fn judge(found: Findings, request: &ScanRequest) -> Judged {
    let Findings { all: mut findings, lacking } = found;
    for finding in &mut findings {
        level::decide(finding, request);
    }
    let mut raised = waiver::apply(&mut findings, request, &lacking);
    raised.extend(weakening::find(request));
    for finding in &mut raised {
        let most = finding.level;
        level::decide(finding, request);
        // That a waiver will end is no failure yet, however strict the policy is.
        if finding.code == rules::WAIVER_EXPIRED.code {
            finding.level = finding.level.min(most);
        }
    }
    findings.append(&mut raised);
    let selection = request.rules.as_ref();
    findings.retain(|finding| rules::is_selected(finding.code, selection));
    let before = findings.len();
    findings.retain(|finding| is_within_changes(finding, request));
    let unchanged = before - findings.len();
    // Stable: within one level and severity the order stays that of teams and places.
    findings.sort_by(|a, b| (b.level, b.severity, a.code).cmp(&(a.level, a.severity, b.code)));
    if let Some(baseline) = &request.baseline {
        let mut covering = baseline.covering();
        for finding in findings.iter_mut().filter(|finding| finding.can_be_in_baseline()) {
            finding.in_baseline = covering.takes(&finding.fingerprint);
        }
    }
    Judged { findings, unchanged }
}

/// The rules that have to run for this selection: whether a waiver is used shows only when
/// everything that it could be about has been looked for.
pub(crate) fn to_run(selection: Selection<'_>) -> Selection<'_> {
    selection.filter(|codes| !rules::OF_THE_POLICY.iter().any(|rule| codes.contains(rule.code)))
}

/// Whether it stands in a file that was changed, where only those are asked for. What could not be
/// read always counts: it may hide a change.
fn is_within_changes(finding: &Finding, request: &ScanRequest) -> bool {
    let changed = |place: &Place| {
        let team = place.team.as_ref().or(finding.team.as_ref());
        let files: Option<&BTreeSet<RepoPath>> =
            team.and_then(|team| root_of(team, request)).and_then(|root| root.changed.as_ref());
        files.is_none_or(|files| files.contains(&place.location.path))
    };
    finding.code == rules::SCAN_INCOMPLETE || finding.locations.iter().any(changed)
}

fn root_of<'a>(team: &TeamName, request: &'a ScanRequest) -> Option<&'a TeamRoot> {
    request.teams.iter().find(|root| root.team == *team)
}
