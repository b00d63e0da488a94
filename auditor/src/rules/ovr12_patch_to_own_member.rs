use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{OverrideKind, Reach, Target};

pub(super) const RULE: Rule = Rule {
    code: "OVR12",
    name: "patch-to-own-member",
    group: Group::Override,
    severity: Severity::Low,
    level: Level::Allow,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a patch that takes a package from a member of the same workspace. It is allowed unless a
policy says otherwise.

## Why it is bad
It rarely is: a workspace that publishes its members patches them with themselves, so that published
packages that depend on them back build against the working copy. The commit says which bytes those
are. What it costs: the workspace is tested with a combination that nobody outside can have, and a
release that lacks a fix of the working copy shows only at its users'.

## Example
```toml
[workspace]
members = [\"shared\"]

[patch.crates-io]
shared = { path = \"shared\" }
```

## How to fix it
Nothing has to be fixed. Where everybody is to build what has been published, remove the entry; that
is not safe to do automatically, because other bytes are built then.

## When it is a false positive
Nearly always, which is why it is allowed. Raise its level in the policy where releases have to be
built as they were published.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        if record.kind == OverrideKind::Patch
            && record.is_effective()
            && record.reach == Some(Reach::Member)
            && let (Target::Path(path), Some(package)) = (&record.target, &record.package)
        {
            let message = format!("`{package}` is replaced by the workspace's own member `{path}`");
            let help = "nothing has to be done, unless releases are to be built as published";
            sink.report(Draft::about(record, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::Repository;

    fn patched(workspace: &str) -> Repository {
        Repository::new()
            .manifest(&format!("{workspace}[patch.crates-io]\nshared = {{ path = \"shared\" }}\n"))
            .file("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"1.0.0\"\n")
    }

    #[test]
    fn fires_on_a_member_and_lets_it_pass() {
        let found = patched("[workspace]\nmembers = [\"shared\"]\n").findings("OVR12");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Allow);
    }

    #[test]
    fn is_silent_about_a_folder_that_is_no_member() {
        let found = patched("[workspace]\nexclude = [\"shared\"]\n").findings("OVR12");
        assert!(found.is_empty(), "{found:?}");
    }
}
