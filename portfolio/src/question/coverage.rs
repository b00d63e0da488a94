use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::{TeamId, Timestamp};
use serde::Serialize;

use crate::Portfolio;

/// What a team received through the proxy, by its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The team.
    pub team: TeamId,
    /// When it downloaded last.
    pub last: Timestamp,
}

/// Who is seen, and who is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// After how many days a report is an old one.
    pub old_after_days: u64,
    /// Every team that is configured, has reported or has downloaded; the worst first.
    pub teams: Vec<TeamCoverage>,
}

/// How a team is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TeamCoverage {
    /// The team.
    pub team: TeamId,
    /// How it stands.
    pub covered: Covered,
    /// How many of its repositories have reported.
    pub repositories: usize,
    /// Its newest report.
    pub reported: Option<Timestamp>,
    /// Its last download; absent as well where the record was not asked.
    pub received: Option<Timestamp>,
}

/// How a team is seen, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covered {
    /// Neither a report nor a download.
    Unseen,
    /// It downloads and reports nothing: what it locks is not known.
    NeverReported,
    /// It reports and downloads nothing: its builds go past the proxy, or do not run.
    Bypasses,
    /// Its newest report is old.
    Old,
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
            Self::Yes => "yes",
        }
    }
}

/// Who reports, and who goes past the proxy. `received` is `None` where no record was asked: nobody
/// is said to bypass it then.
#[must_use]
pub fn coverage(
    portfolio: &Portfolio,
    configured: &[TeamId],
    received: Option<&[Received]>,
    now: Timestamp,
    old_after_days: u64,
) -> Coverage {
    let mut repositories = BTreeMap::<&TeamId, Vec<Timestamp>>::new();
    for report in portfolio.reports() {
        repositories.entry(&report.origin.team).or_default().push(report.time);
    }
    let mut last = BTreeMap::<&TeamId, Timestamp>::new();
    for it in received.unwrap_or_default() {
        let known = last.entry(&it.team).or_insert(it.last);
        *known = it.last.max(*known);
    }
    let known = repositories.keys().copied().chain(last.keys().copied());
    let all: BTreeSet<&TeamId> = configured.iter().chain(known).collect();
    let mut teams: Vec<_> = all
        .into_iter()
        .map(|team| {
            let reports = repositories.get(team).map(Vec::as_slice).unwrap_or_default();
            let reported = reports.iter().max().copied();
            let downloaded = last.get(team).copied();
            let age = reported.and_then(|time| now.since(time)).unwrap_or_default();
            let covered = match (reported, downloaded) {
                (None, None) => Covered::Unseen,
                (None, Some(_)) => Covered::NeverReported,
                (Some(_), None) if received.is_some() => Covered::Bypasses,
                _ if age.as_secs() / 86_400 >= old_after_days => Covered::Old,
                _ => Covered::Yes,
            };
            let team = team.clone();
            TeamCoverage {
                team,
                covered,
                repositories: reports.len(),
                reported,
                received: downloaded,
            }
        })
        .collect();
    teams.sort_by_key(|team| team.covered);
    Coverage { old_after_days, teams }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, portfolio};

    #[test]
    fn each_way_of_not_being_seen_has_its_name() {
        let portfolio = portfolio([("payments", Drawn::new("a")), ("search", Drawn::new("b"))]);
        let received = |team: &str, day: &str| Received {
            team: team.parse().unwrap(),
            last: format!("{day}T00:00:00Z").parse().unwrap(),
        };
        let record = [received("payments", "2026-01-02"), received("web", "2026-01-02")];
        let configured = ["mobile".parse().unwrap()];
        let at = |record, now: &str| {
            let now = format!("{now}T00:00:00Z").parse().unwrap();
            let answer = coverage(&portfolio, &configured, record, now, 7);
            answer.teams.into_iter().map(|it| (it.team.to_string(), it.covered)).collect::<Vec<_>>()
        };
        let said = |pairs: &[(&str, Covered)]| {
            pairs.iter().map(|(team, it)| ((*team).to_owned(), *it)).collect::<Vec<_>>()
        };
        assert_eq!(
            at(Some(&record[..]), "2026-01-03"),
            said(&[
                ("mobile", Covered::Unseen),
                ("web", Covered::NeverReported),
                ("search", Covered::Bypasses),
                ("payments", Covered::Yes),
            ])
        );
        assert_eq!(
            at(None, "2026-01-08"),
            said(&[
                ("mobile", Covered::Unseen),
                ("payments", Covered::Old),
                ("search", Covered::Old),
            ])
        );
    }
}
