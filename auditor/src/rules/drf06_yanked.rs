use depaudit_model::cargo::Release;
use depaudit_policy::{Level, Severity};

use super::{Check, Group, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::facts::{LockedReleases, Withdrawal};
use crate::report::Lacking;

pub(super) const RULE: Rule = Rule {
    code: "DRF06",
    name: "yanked",
    group: Group::Drift,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a lock holds a release of crates.io that its author has withdrawn (yanked), or that the
policy of the server that was asked holds back or refuses. An index says both in the same way; the server is
asked which of the two it is, and by which rule. Where it does not tell, the finding says that.

## Why it is bad
Authors withdraw releases that are broken, unsound or leaked. Cargo goes on building a lock that
holds one and says nothing. Whoever resolves without that lock, another team or a fresh clone, gets
another version: also where a policy holds the release back.

## Example
```toml
[[package]]
name = \"shared\"
version = \"1.2.0\" # yanked
```

## How to fix it
Run `cargo update -p shared`, and read why the release was withdrawn. The build takes other bytes
afterwards. What a policy holds back for its age passes by itself; `depaudit why` has the day.

## When it is a false positive
When the reason for withdrawing does not concern the build: accept it with a waiver.
";

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    for locked in LockedReleases::of(teams, world.facts, |_| true).all() {
        match locked.facts().and_then(|release| release.yanked) {
            Some(false) => {}
            None => sink.lacks(Lacking::Facts),
            Some(true) => {
                let (name, version) = (locked.name.clone(), locked.version.clone());
                let release = Release { name, version };
                if let Some((message, help)) = told(&release, &world.facts.withdrawal(&release)) {
                    sink.of_team(&locked.team.report.team).report(locked.draft(message, help));
                }
            }
        }
    }
}

/// The message and the help; nothing where nobody withdraws it any more.
fn told(release: &Release, withdrawal: &Withdrawal) -> Option<(String, String)> {
    let Release { name, version } = release;
    let elsewhere = format!("run `cargo update -p {name}@{version}`");
    match withdrawal {
        Withdrawal::Author => Some((
            format!("`{name}` {version} was withdrawn by its author"),
            format!("{elsewhere}, and read why"),
        )),
        Withdrawal::HeldBack { rule, refused, ask } => Some((
            format!(
                "`{name}` {version} is {} by the server's rule `{rule}`",
                if *refused { "refused" } else { "held back" }
            ),
            format!("its author did not withdraw it; ask the server with `{ask}`, or {elsewhere}"),
        )),
        Withdrawal::Untold { ask } => Some((
            format!(
                "`{name}` {version} is marked as withdrawn by the server, which does not tell whether \
                 by its author or by its policy"
            ),
            format!("ask the server with `{ask}`, or {elsewhere}"),
        )),
        Withdrawal::Lifted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Repository, crates_io_package, lock};

    fn locked(version: &str) -> Repository {
        let text = lock(&crates_io_package("shared", version));
        Repository::new()
            .manifest("[dependencies]\nshared = \"1\"\n")
            .file("Cargo.lock", &text)
            .published("shared", &["1.0.0 2026-01-01", "1.0.1 2026-01-02 yanked", "1.0.2 -"])
    }

    #[test]
    fn fires_on_a_withdrawn_release() {
        let found = locked("1.0.1").findings("DRF06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].message, "`shared` 1.0.1 was withdrawn by its author");
    }

    #[test]
    fn an_author_is_not_accused_of_what_a_server_holds_back_or_does_not_tell() {
        let release =
            Release { name: "shared".parse().unwrap(), version: "1.0.1".parse().unwrap() };
        let by = |rule: &str, refused| Withdrawal::HeldBack {
            rule: rule.into(),
            refused,
            ask: "ask".into(),
        };
        let (message, _) = told(&release, &by("denied", true)).unwrap();
        assert_eq!(message, "`shared` 1.0.1 is refused by the server's rule `denied`");
        let held_back = by("minimum-age", false);
        let (message, help) = told(&release, &held_back).unwrap();
        assert_eq!(message, "`shared` 1.0.1 is held back by the server's rule `minimum-age`");
        assert!(help.contains("`ask`"), "{help}");
        let untold = Withdrawal::Untold { ask: "ask".into() };
        let (message, _) = told(&release, &untold).unwrap();
        assert!(message.contains("does not tell whether"), "{message}");
        assert_eq!(told(&release, &Withdrawal::Lifted), None);
    }

    #[test]
    fn is_silent_about_a_release_that_stands() {
        let report = locked("1.0.0").scan();
        assert!(report.findings.iter().all(|it| it.code != "DRF06"), "{report:?}");
        assert!(report.summary.not_evaluated.iter().all(|it| it.code != "DRF06"), "{report:?}");
    }

    #[test]
    fn what_is_not_known_is_not_passed() {
        for version in ["1.0.2", "1.0.3"] {
            let lacking = locked(version).scan().summary.not_evaluated;
            let lacking: Vec<_> = lacking.iter().filter(|it| it.code == "DRF06").collect();
            assert_eq!(lacking.len(), 1, "{version}");
            assert_eq!(lacking[0].passed_over, 1);
        }
    }
}
