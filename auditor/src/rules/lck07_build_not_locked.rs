use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{Layer, Location};

pub(super) const RULE: Rule = Rule {
    code: "LCK07",
    name: "build-not-locked",
    group: Group::Lock,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a cargo command in a CI or container file that builds, tests or installs without
`--locked` or `--frozen`.

## Why it is bad
Without the flag Cargo mends a lock that does not fit the manifests, silently, in the CI job: what
was built there is not what the committed lock says, and the next job may build something else. A
patch that is missing in the lock is applied without a word.

## Example
```yaml
- run: cargo test --workspace
```

## How to fix it
Add `--locked`. A job whose lock is behind fails then, and says so; that is the point.

## When it is a false positive
In a job that is there to try the newest versions, or where an earlier step has checked the lock.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let files = view.ci.iter().filter(|it| matches!(it.layer, Layer::Ci | Layer::Container));
    for file in files {
        for command in file.commands.iter().filter(|it| it.builds() && !it.is_locked()) {
            let name = command.subcommand().unwrap_or_default();
            sink.report(Draft {
                message: format!("`cargo {name}` may change the lock as it runs"),
                help: Some("add `--locked`".to_owned()),
                package: None,
                workspace: None,
                locations: vec![Location::new(&file.path, command.span).into()],
                identity: format!("{} {}", file.path, command.words.join(" ")),
                level: None,
                fix: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    fn workflow(run: &str) -> Repository {
        let text =
            format!("jobs:\n  test:\n    steps:\n      - name: cargo build\n        run: {run}\n");
        Repository::new().manifest("").file(".github/workflows/ci.yml", &text)
    }

    #[test]
    fn fires_on_a_build_without_the_flag() {
        let found =
            workflow("sudo cargo +stable test --workspace && echo cargo build").findings("LCK07");
        assert_eq!(found.len(), 1, "{found:?}");
        let span = found[0].locations[0].location.span;
        assert_eq!((span.line, span.column, span.end_column), (5, 19, 49));
    }

    #[test]
    fn is_silent_about_locked_builds_and_other_commands() {
        let found = workflow("cargo fmt --check; cargo build --locked; cargo test --frozen")
            .findings("LCK07");
        assert!(found.is_empty(), "{found:?}");
    }
}
