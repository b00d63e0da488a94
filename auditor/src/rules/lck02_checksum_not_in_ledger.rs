use depaudit_model::Standing;
use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::{AuditedTeam, World};
use crate::facts::{Holder, LockedCrates};
use crate::report::{FoundPackage, Lacking};

pub(super) const RULE: Rule = Rule {
    code: "LCK02",
    name: "checksum-not-in-ledger",
    group: Group::Lock,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Teams(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a lock holds a release of crates.io that the registry proxy has never served to any
team. It needs a depaudit server to ask: `depaudit scan --server URL`.

## Why it is bad
Whoever wrote the lock had the release from somewhere else: the public registry itself, another
mirror, a cache from before. What went past the proxy was held against no policy and is on no record.
When the release turns out to be bad, nobody can tell who has it.

## Example
```toml
[[package]]
name = \"shared\"
version = \"1.2.0\"
checksum = \"aaaa...\" # no team ever received these bytes through the proxy
```

## How to fix it
Find out why the build goes past the proxy: `depaudit init` leads Cargo to it, and SRC07 finds commands
that go around it. Then build once through the proxy, or fill it with `depaudit prefetch` and build. Safe:
the lock stays as it is.

## When it is a false positive
When the proxy is younger than the lock and everybody still builds from the crates in Cargo's own
cache. It ends when somebody builds with an empty cache.
";

fn check(teams: &[AuditedTeam], world: World<'_>, sink: &mut Sink<'_>) {
    if !world.facts.has_record() {
        teams
            .iter()
            .filter(|team| !team.locks.is_empty())
            .for_each(|_| sink.lacks(Lacking::Record));
        return;
    }
    for (locked, holders, on_record) in LockedCrates::of(teams, world.facts).all(world.facts) {
        let Some(on_record) = on_record else {
            sink.lacks(Lacking::Record);
            continue;
        };
        if on_record.standing != Standing::NeverServed {
            continue;
        }
        for of_team in holders.chunk_by(|a, b| a.team.report.team == b.team.report.team) {
            let Some(Holder { team, .. }) = of_team.first() else { continue };
            let (name, version) = (&locked.name, &locked.version);
            let message = format!("the proxy has never served `{name}` {version} to anybody");
            let help = "build it through the proxy once, and find out what goes past it";
            sink.of_team(&team.report.team).report(Draft {
                message,
                help: Some(help.to_owned()),
                package: Some(FoundPackage {
                    name: name.to_string(),
                    version: Some(version.to_string()),
                }),
                workspace: None,
                locations: of_team.iter().map(Holder::place).take(MOST_PLACES).collect(),
                identity: locked.sha256.to_string(),
                level: None,
                fix: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::Standing;

    use crate::testing::{Repository, crates_io_package, lock};

    fn locked() -> Repository {
        let text = lock(&crates_io_package("shared", "1.0.0"));
        Repository::new().manifest("").file("Cargo.lock", &text)
    }

    #[test]
    fn fires_on_what_the_proxy_never_served() {
        let found = locked().recorded("shared", "1.0.0", Standing::NeverServed).findings("LCK02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].message, "the proxy has never served `shared` 1.0.0 to anybody");
    }

    #[test]
    fn is_silent_about_what_anybody_received() {
        for standing in [Standing::Served, Standing::ServedToOthers, Standing::Conflicting] {
            let found = locked().recorded("shared", "1.0.0", standing).findings("LCK02");
            assert!(found.is_empty(), "{standing:?}: {found:?}");
        }
    }

    #[test]
    fn what_no_record_tells_is_not_passed() {
        for repository in [locked(), locked().recorded("other", "1.0.0", Standing::Served)] {
            let lacking = repository.scan().summary.not_evaluated;
            let lacking: Vec<_> = lacking.iter().filter(|it| it.code == "LCK02").collect();
            assert_eq!((lacking.len(), lacking[0].passed_over), (1, 1));
        }
    }
}
