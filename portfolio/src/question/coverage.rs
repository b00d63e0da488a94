//! Who is seen, and who is not.

mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::{TeamId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Portfolio;
use crate::report::Report;
use record::Against;
pub use record::{AgainstRecord, Example, OtherRegistry, Receipts, Received};

/// Who is seen, and who is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// After how many days a report is an old one.
    pub old_after_days: u64,
    /// Since when there is a record: what was fetched before stands on none. Absent where the record was
    /// not asked, or is empty.
    #[schema(value_type = Option<String>)]
    pub record_begins: Option<Timestamp>,
    /// Every team that is configured, has reported or has downloaded; the worst first.
    pub teams: Vec<TeamCoverage>,
}

/// How a team is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamCoverage {
    /// The team.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// How it stands.
    pub covered: Covered,
    /// How many of its repositories have reported.
    pub repositories: usize,
    /// Its newest report.
    #[schema(value_type = Option<String>)]
    pub reported: Option<Timestamp>,
    /// Its last download; absent as well where the record was not asked.
    #[schema(value_type = Option<String>)]
    pub received: Option<Timestamp>,
    /// What its locks hold, against what the record says; absent where it was not asked, or nothing is
    /// reported.
    pub against_record: Option<AgainstRecord>,
}

/// How a team is seen, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Covered {
    /// Neither a report nor a download.
    Unseen,
    /// It downloads and reports nothing: what it locks is not known.
    NeverReported,
    /// It locks crates of a registry that is served here, and never received one of them here: its builds
    /// go past the proxy, or take all from a cache that others filled.
    Bypasses,
    /// Its newest report is old.
    Old,
    /// It reports, and some crates that it locks come from a registry that is not served here: what it
    /// received of them, and from whom, is on no record.
    Elsewhere,
    /// It reports, and of some crates that it locks nobody received the bytes here: they came from
    /// elsewhere or before the record begins, or no build has needed them, as on other platforms.
    Partly,
    /// It reports.
    Yes,
}

impl Covered {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::NeverReported => "never-reported",
            Self::Bypasses => "bypasses",
            Self::Old => "old",
            Self::Elsewhere => "elsewhere",
            Self::Partly => "partly",
            Self::Yes => "yes",
        }
    }

    /// Whether the team is seen as it is today. A build downloads only what its platform and features
    /// need, so that `partly` alone is no reproach.
    #[must_use]
    pub const fn is_seen(self) -> bool {
        matches!(self, Self::Partly | Self::Yes)
    }
}

/// Who reports, and who goes past the proxy. `record` is `None` where none was asked: nobody is said
/// to bypass it then.
#[must_use]
pub fn coverage(
    portfolio: &Portfolio,
    configured: &[TeamId],
    record: Option<&Receipts>,
    now: Timestamp,
    old_after_days: u64,
) -> Coverage {
    let mut reports = BTreeMap::<&TeamId, Vec<&Report>>::new();
    for report in portfolio.reports() {
        reports.entry(&report.origin.team).or_default().push(report);
    }
    let against = record.map(Against::new);
    let receiving = against.iter().flat_map(Against::teams);
    let known = reports.keys().copied().chain(receiving);
    let all: BTreeSet<&TeamId> = configured.iter().chain(known).collect();
    let of_team = |team: &TeamId| {
        let reports = reports.get(team).map(Vec::as_slice).unwrap_or_default();
        let against = against.as_ref().filter(|it| it.tells_of(team));
        let reported = reports.iter().map(|report| report.time).max();
        let held = against.filter(|_| reported.is_some()).map(|it| it.hold(team, reports));
        let age = reported.and_then(|time| now.since(time)).unwrap_or_default();
        let received = against.and_then(|it| it.last_of(team));
        let covered = match (reported, received) {
            (None, None) => Covered::Unseen,
            (None, Some(_)) => Covered::NeverReported,
            _ if held.as_ref().is_some_and(AgainstRecord::received_none) => Covered::Bypasses,
            _ if age.as_secs() / 86_400 >= old_after_days => Covered::Old,
            _ if held.as_ref().is_some_and(|it| it.from_other_registries > 0) => Covered::Elsewhere,
            _ if held.as_ref().is_some_and(|held| held.never > 0) => Covered::Partly,
            _ => Covered::Yes,
        };
        TeamCoverage {
            team: team.clone(),
            covered,
            repositories: reports.len(),
            reported,
            received,
            against_record: held,
        }
    };
    let mut teams: Vec<_> = all.into_iter().map(of_team).collect();
    teams.sort_by_key(|team| team.covered);
    Coverage { old_after_days, record_begins: record.and_then(|record| record.begins), teams }
}
