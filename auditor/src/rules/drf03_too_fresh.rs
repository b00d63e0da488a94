use depaudit_policy::{Day, Level, Severity};

use super::{Check, Group, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::facts::LockedReleases;
use crate::report::Lacking;

pub(super) const RULE: Rule = Rule {
    code: "DRF03",
    name: "too-fresh",
    group: Group::Drift,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a lock holds a release of crates.io that is younger than `minimum-age-days` of the
policy. A policy that asks for no age has nothing that could be too fresh.

## Why it is bad
Releases from stolen accounts are found out within hours or days, mostly by somebody who builds
them. Whoever waits a few days lets the rest of the world find out first.

## Example
```toml
[drift]
minimum-age-days = 7
```

## How to fix it
Go back to the release before: `cargo update -p shared --precise 1.2.0`. The build takes other bytes
afterwards. Or wait: the finding goes by itself.

## When it is a false positive
When the release is the fix for something worse than its youth. Accept it with a waiver that ends in
a few days.
";

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    let asks = |team: &AuditedTeam| team.policy.minimum_age().is_some();
    for locked in LockedReleases::of(teams, world.facts, asks).all() {
        let Some(minimum) = locked.team.policy.minimum_age() else { continue };
        let Some(published) = locked.facts().and_then(|release| release.published) else {
            sink.lacks(Lacking::Facts);
            continue;
        };
        let (day, minimum) = (Day::of(published), minimum.value);
        if world.today.days_since(day) < i64::from(minimum) {
            let (name, version) = (locked.name, locked.version);
            let message = format!(
                "`{name}` {version} was published on {day}; the policy asks for an age of \
                 {minimum} day(s)"
            );
            let help = "lock the release before it, or wait".to_owned();
            sink.of_team(&locked.team.report.team).report(locked.draft(message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    const POLICY: &str = "[drift]\nminimum-age-days = 7\n";

    fn locked(version: &str) -> Repository {
        let text = lock(&crates_io_package("shared", version));
        Repository::new()
            .manifest("[dependencies]\nshared = \"1\"\n")
            .file("Cargo.lock", &text)
            .published("shared", &["1.0.0 2026-05-25", "1.0.1 2026-05-26", "1.0.2 -"])
    }

    #[test]
    fn fires_on_a_release_younger_than_the_policy_allows() {
        let found = locked("1.0.1").policy(POLICY).findings("DRF03");
        assert_eq!(found.len(), 1, "{found:?}");
        let told = &found[0].message;
        assert!(told.contains("published on 2026-05-26"), "{told}");
    }

    #[test]
    fn is_silent_about_an_old_release_and_without_a_policy() {
        for repository in [locked("1.0.0").policy(POLICY), locked("1.0.1")] {
            let report = repository.scan();
            assert!(report.findings.iter().all(|it| it.code != "DRF03"), "{report:?}");
            assert!(report.summary.not_evaluated.iter().all(|it| it.code != "DRF03"));
        }
    }

    #[test]
    fn an_unknown_age_is_no_pass() {
        let report = locked("1.0.2").policy(POLICY).scan();
        assert!(report.summary.not_evaluated.iter().any(|it| it.code == "DRF03"), "{report:?}");
    }
}
