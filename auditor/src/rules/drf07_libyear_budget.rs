use std::collections::BTreeMap;

use depaudit_policy::{Day, Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::facts::{LockedRelease, LockedReleases};
use crate::files::RepoPath;
use crate::report::{Lacking, Location, Span};

pub(super) const RULE: Rule = Rule {
    code: "DRF07",
    name: "libyear-budget",
    group: Group::Drift,
    severity: Severity::Low,
    level: Level::Allow,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when the releases in one lock lag behind by more years, together, than `libyear-budget` of
the policy. A locked release of crates.io lags by the time between its publication and that of the
crate's highest version that is neither withdrawn nor a pre-release; one that is not behind counts
nothing. All locked releases count, direct dependencies or not, each once. A policy without a
budget has nothing to exceed.

## Why it is bad
Each single delay is small and has its reason. Their sum tells how far a workspace is from where
fixes are made, and what catching up will cost once it must happen within a day.

## Example
```toml
[drift]
libyear-budget = 20
```

## How to fix it
Run `cargo update` first: it takes what the requirements allow. Then look at what lags most, which
the finding names. The build takes other bytes afterwards.

## When it is a false positive
When a dependency is finished rather than abandoned, its newest release is old as well, and it
counts nothing. A line that is maintained beside a newer one counts in full, though nothing may be
wrong with it.
";

/// The average year of the calendar, in days.
const YEAR: f64 = 365.2425;

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    let asks = |team: &AuditedTeam| team.policy.libyear_budget().is_some();
    let locked = LockedReleases::of(teams, world.facts, asks);
    let mut lags = BTreeMap::<_, Lag>::new();
    for release in locked.all() {
        let Some(days) = days_behind(&release) else {
            sink.lacks(Lacking::Facts);
            continue;
        };
        for (lock, package) in release.locks() {
            let lag = lags.entry((&release.team.report.team, &lock.path)).or_insert_with(|| Lag {
                team: release.team,
                days: 0,
                worst: (0, String::new(), package.span),
            });
            lag.days += days;
            if days > lag.worst.0 {
                lag.worst = (days, format!("{} {}", release.name, release.version), package.span);
            }
        }
    }
    for ((team, lock), lag) in lags {
        if let Some(draft) = lag.draft(lock) {
            sink.of_team(team).report(draft);
        }
    }
}

/// How far what one lock holds lies behind, in days.
struct Lag<'a> {
    team: &'a AuditedTeam,
    days: i64,
    /// What lies behind most: by how much, what, and where.
    worst: (i64, String, Span),
}

impl Lag<'_> {
    fn draft(self, lock: &RepoPath) -> Option<Draft> {
        let budget = self.team.policy.libyear_budget()?.value;
        #[expect(clippy::cast_precision_loss, reason = "days of a few thousand years at most")]
        let years = |days: i64| days as f64 / YEAR;
        if years(self.days) <= f64::from(budget) {
            return None;
        }
        let (worst, what, span) = self.worst;
        let message = format!(
            "what this lock holds lies {:.1} years behind, together; the policy allows {budget}",
            years(self.days)
        );
        let help = format!("`{what}` lies behind most, by {:.1} years", years(worst));
        let location = Location::new(lock, span);
        let mut draft = Draft::at(location, lock.to_string(), message, help);
        draft.workspace = Some(lock.folder());
        Some(draft)
    }
}

/// How many days lie between a release and its crate's newest; `None` where that is not known.
fn days_behind(locked: &LockedRelease<'_, '_>) -> Option<i64> {
    let ours = locked.facts()?.published?;
    let possible = locked.releases?.iter().filter(|release| release.is_or_may_be_stable());
    let newest = possible.max_by(|a, b| a.version.cmp_precedence(&b.version));
    // Every release withdrawn, or no stable one yet: there is nothing to be behind of.
    let Some(newest) = newest else { return Some(0) };
    newest.yanked?;
    Some(Day::of(newest.published?).days_since(Day::of(ours)).max(0))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    fn locked(policy: &str) -> Repository {
        let packages = crates_io_package("far", "1.0.0") + &crates_io_package("near", "1.0.0");
        Repository::new()
            .manifest("[dependencies]\nfar = \"1\"\nnear = \"1\"\n")
            .file("Cargo.lock", &lock(&packages))
            .policy(policy)
            .published("far", &["1.0.0 2020-01-01", "2.0.0 2024-01-01", "3.0.0-rc.1 2026-01-01"])
            .published("near", &["1.0.0 2023-01-01", "1.1.0 2024-01-01"])
    }

    #[test]
    fn fires_on_a_lock_that_exceeds_the_budget_and_names_the_worst() {
        let found = locked("[drift]\nlibyear-budget = 4\n").findings("DRF07");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("5.0 years behind"), "{found:?}");
        assert_eq!(found[0].help.as_deref(), Some("`far 1.0.0` lies behind most, by 4.0 years"));
    }

    #[test]
    fn is_silent_within_the_budget_and_without_one() {
        for policy in ["[drift]\nlibyear-budget = 5\n", ""] {
            let found = locked(policy).findings("DRF07");
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn what_is_not_known_counts_nothing_and_is_told() {
        let policy = "[drift]\nlibyear-budget = 4\n";
        let report = locked(policy).published("far", &["1.0.0 2020-01-01", "2.0.0 -"]).scan();
        assert!(report.findings.iter().all(|it| it.code != "DRF07"), "{report:?}");
        assert!(report.summary.not_evaluated.iter().any(|it| it.code == "DRF07"), "{report:?}");
    }
}
