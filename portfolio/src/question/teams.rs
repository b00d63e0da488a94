use std::collections::BTreeMap;

use depaudit_model::{TeamId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Drift, SplitIdentity, Standing, StandingOverride};
use crate::Portfolio;

/// How a team that reports stands among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamStanding {
    /// The team.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// Its repositories that have reported.
    pub repositories: usize,
    /// Its newest report.
    #[schema(value_type = String)]
    pub reported: Timestamp,
    /// The sum of the scores of the crates on which it is behind: what the others could be spared.
    pub score: u64,
    /// Drifting crates that it locks at the newest version in use.
    pub ahead: usize,
    /// Drifting crates that it locks at an older one. A crate that it locks at both counts here as well.
    pub behind: usize,
    /// How many days it is behind, over all of these, as far as it is known.
    pub days_behind: u64,
    /// Of how many crates of `behind` nobody knows for how long.
    pub days_not_known: usize,
    /// Names and versions with more than one identity that it has a part in, without those that have a
    /// name in common alone.
    pub split_identities: usize,
    /// Overrides that stand in its repositories, without ways through an approved proxy.
    pub overrides: usize,
    /// Of them, those that no declaration covers.
    pub undeclared: usize,
    /// Ways to the default registry through a proxy that the policy approves.
    pub approved_proxies: usize,
}

/// Every team that has reported, the worst first. The other answers are of the same portfolio.
#[must_use]
pub fn teams(
    portfolio: &Portfolio,
    drift: &Drift,
    split: &[SplitIdentity],
    standing: &[StandingOverride],
) -> Vec<TeamStanding> {
    let mut teams = BTreeMap::<&TeamId, TeamStanding>::new();
    for report in portfolio.reports() {
        let (team, time) = (&report.origin.team, report.time);
        let known = teams.entry(team).or_insert_with(|| TeamStanding::nothing(team, time));
        known.repositories += 1;
        known.reported = known.reported.max(time);
    }
    let mut of = |team: &TeamId, count: &dyn Fn(&mut TeamStanding)| {
        if let Some(known) = teams.get_mut(team) {
            count(known);
        }
    };
    for (team, it) in drift.behind() {
        of(team, &|known| {
            (known.ahead, known.behind, known.score) = (it.ahead, it.behind, it.score);
            (known.days_behind, known.days_not_known) = (it.days, it.not_known);
        });
    }
    for it in split.iter().filter(|it| !it.is_name_alone()) {
        for team in it.having() {
            of(team, &|known| known.split_identities += 1);
        }
    }
    for it in standing {
        of(&it.team, &|known| {
            if !it.counts() {
                known.approved_proxies += 1;
                return;
            }
            known.overrides += 1;
            known.undeclared += usize::from(it.standing < Standing::Declared);
        });
    }
    let mut teams: Vec<_> = teams.into_values().collect();
    // Stable: of equal ones, teams stand in the order of their names.
    teams.sort_by_key(|it| std::cmp::Reverse((it.score, it.split_identities, it.undeclared)));
    teams
}

impl TeamStanding {
    fn nothing(team: &TeamId, reported: Timestamp) -> Self {
        Self {
            team: team.clone(),
            repositories: 0,
            reported,
            score: 0,
            ahead: 0,
            behind: 0,
            days_behind: 0,
            days_not_known: 0,
            split_identities: 0,
            overrides: 0,
            undeclared: 0,
            approved_proxies: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{drift, split_identities, standing_overrides};
    use super::*;
    use crate::History;
    use crate::testing::{Drawn, Published, report};

    #[test]
    fn who_is_furthest_behind_comes_first_and_each_thing_counts_for_whom_it_concerns() {
        let forked = Drawn::new("find").git("forked", "1.0.0", "https://git.example/forked");
        let history = History::new([
            report("ahead", Drawn::new("a").package("shared", "1.2.1").package("forked", "1.0.0")),
            report("behind", Drawn::new("b").package("shared", "1.2.0")),
            report("both", Drawn::new("c").package("shared", "1.2.0").package("shared", "1.2.1")),
            report("search", forked.patched("https://git.example/forked")),
        ]);
        let facts = Published::new(&["shared 1.2.0 2026-01-01", "shared 1.2.1 2026-03-02"]);
        let portfolio = history.now();
        let standing = standing_overrides(&history, "2026-03-03".parse().unwrap());
        let split = split_identities(&portfolio);
        let teams = teams(
            &portfolio,
            &drift(&portfolio, &facts, "2026-05-01".parse().unwrap()),
            &split,
            &standing,
        );
        let row = |it: &TeamStanding| {
            let drift = (it.score, it.ahead, it.behind, it.days_behind);
            (it.team.to_string(), drift, it.split_identities, it.overrides, it.undeclared)
        };
        let told = |team: &str, drift, split, overrides| {
            (team.to_owned(), drift, split, overrides, overrides)
        };
        let rows: Vec<_> = teams.iter().map(row).collect();
        assert_eq!(
            rows,
            [
                told("behind", (9, 0, 1, 60), 0, 0),
                told("both", (9, 1, 1, 60), 0, 0),
                told("search", (0, 0, 0, 0), 1, 1),
                told("ahead", (0, 1, 0, 0), 1, 0),
            ]
        );
    }
}
