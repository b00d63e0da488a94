use std::collections::BTreeSet;

use depaudit_policy::{Declaration, Declared, Level, Severity};
use semver::Version;

use super::ovr03_override_undeclared::source_of;
use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::Lacking;

pub(super) const RULE: Rule = Rule {
    code: "OVR07",
    name: "override-superseded",
    group: Group::Override,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on an override whose declaration names a release that makes it needless (`until`), once
such a release is published and not withdrawn. It needs to know what is published.

## Why it is bad
The reason for the override is gone. From here on it only keeps this build on other bytes than
everybody else's, without the fixes that the releases get.

## Example
```toml
[[override]]
package = \"shared\"
source = \"https://github.com/our-org/shared\"
until = \">=1.2.1\" # and 1.2.1 is there
```

## How to fix it
Take the override and its declaration out, and update the package. The lock changes, so this is not
done automatically.

## When it is a false positive
When the release turned out not to contain the change. Write the next one into `until`.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut said = BTreeSet::new();
    for record in view.overrides.iter().filter(|record| record.is_effective()) {
        let (Some(package), Some(source)) = (&record.package, source_of(record)) else { continue };
        let Some(declaration) = declaration(view, package, &source) else { continue };
        let Some(until) = &declaration.until else { continue };
        if !said.insert((record.workspace.clone(), package, source)) {
            continue;
        }
        let releases = package.parse().ok().and_then(|name| view.world.facts.releases(&name));
        let Some(releases) = releases else {
            sink.lacks(Lacking::Facts);
            continue;
        };
        let standing = releases.iter().filter(|release| release.yanked != Some(true));
        let superseding: Option<&Version> = standing
            .map(|release| &release.version)
            .filter(|version| declaration.is_superseded_by(version))
            .min();
        if let Some(version) = superseding {
            let message = format!(
                "`{package}` is overridden until `{}` ({}), and {version} is published",
                until.value, until.place
            );
            let help = "take the override and its declaration out, and update the package";
            sink.report(Draft::about(record, message, help));
        }
    }
}

fn declaration<'p>(view: &TeamView<'p>, package: &str, source: &str) -> Option<&'p Declaration> {
    match view.policy.declared(package, source, view.world.today) {
        Declared::Yes(it) | Declared::Incomplete(it) | Declared::Expired(it) => Some(it),
        Declared::No => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    fn declared_until(until: &str) -> Repository {
        Repository::new()
            .manifest(
                "[patch.crates-io]\n\
                 shared = { git = \"https://git.example/fork\", rev = \"0123\" }\n",
            )
            .policy(&format!(
                "[[override]]\npackage = 'shared'\nsource = 'https://git.example/fork'\n{until}"
            ))
    }

    #[test]
    fn fires_when_the_release_is_there() {
        let found = declared_until("until = '>=1.2.1'\n")
            .published("shared", &["1.2.0 2026-01-01", "1.2.1 2026-02-01", "1.3.0 2026-03-01"])
            .findings("OVR07");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("and 1.2.1 is published"), "{found:?}");
    }

    #[test]
    fn is_silent_while_no_such_release_stands() {
        let found = declared_until("until = '>=1.2.1'\n")
            .published("shared", &["1.2.0 2026-01-01", "1.2.1 2026-02-01 yanked"])
            .findings("OVR07");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_and_says_so_where_nothing_is_known() {
        let report = declared_until("until = '>=1.2.1'\n").scan();
        let passed_over = |code| report.summary.not_evaluated.iter().any(|it| it.code == code);
        assert!(passed_over("OVR07"));
        let report = declared_until("").scan();
        assert!(!report.summary.not_evaluated.iter().any(|it| it.code == "OVR07"));
    }
}
