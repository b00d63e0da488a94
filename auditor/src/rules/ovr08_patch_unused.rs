use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::fix;
use crate::report::{Override, OverrideKind, State};

pub(super) const RULE: Rule = Rule {
    code: "OVR08",
    name: "patch-unused",
    group: Group::Override,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when the lock lists a patch under `[[patch.unused]]`, or when nothing in the lock has the
name that a patch or replacement is for.

## Why it is bad
Somebody believes that a fix is in the build, and it is not. A patch of version 1.2.0 falls out of
use without a word on the day on which the lock moves to 1.2.1. And a patch that lies around
comes back to life as soon as a version matches it again.

## Example
```toml
[patch.crates-io]
shared = { path = \"fork\" } # carries 1.2.0, the lock holds 1.3.0
```

## How to fix it
Remove the entry, which is safe: the build does not contain it. Or, when it should be in the build,
give the fork the version that the lock asks for.

## When it is a false positive
When the patch serves a package that only some other checkout adds to the workspace.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        let Some(why) = without_effect(view, record) else { continue };
        let package = record.package.as_deref().unwrap_or_default();
        let message = format!("the {} of `{package}` has no effect: {why}", record.kind.as_str());
        let help = "remove it; or, if it should act, make its version match what the lock asks for";
        let fix = fix::remove_unused(record);
        sink.report(Draft { fix, ..Draft::about(record, message, help) });
    }
}

/// Why a patch or replacement has no effect; `None` where it has, or may get one.
pub(super) fn without_effect(view: &TeamView<'_>, record: &Override) -> Option<&'static str> {
    if !is_patch(record.kind) {
        return None;
    }
    let package = record.package.as_deref().unwrap_or_default();
    match record.state {
        State::Unused if record.kind != OverrideKind::Replace => {
            Some("the lock lists it as unused")
        }
        State::Unused => Some("the lock holds nothing that it is for"),
        State::Pending if !is_locked(view, record, package) => {
            Some("the lock holds no package of this name")
        }
        _ => None,
    }
}

const fn is_patch(kind: OverrideKind) -> bool {
    matches!(kind, OverrideKind::Patch | OverrideKind::ConfigPatch | OverrideKind::Replace)
}

fn is_locked(view: &TeamView<'_>, record: &Override, package: &str) -> bool {
    let lock = record.workspace.as_ref().and_then(|folder| view.lock_in(folder));
    lock.is_some_and(|lock| !lock.named(package).is_empty())
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    const PATCH: &str = "[patch.crates-io]\nshared = { path = \"fork\" }\n";
    const FORK: &str = "[package]\nname = \"shared\"\nversion = \"1.2.0\"\n";

    #[test]
    fn fires_on_a_patch_that_the_lock_lists_as_unused() {
        let lock = "version = 4\n[[patch.unused]]\nname = \"shared\"\nversion = \"1.2.0\"\n";
        let found = Repository::new()
            .manifest(PATCH)
            .file("fork/Cargo.toml", FORK)
            .file("Cargo.lock", lock)
            .findings("OVR08");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("lists it as unused"), "{found:?}");
    }

    #[test]
    fn fires_on_a_patch_of_what_the_lock_does_not_have() {
        let found = Repository::new()
            .manifest(PATCH)
            .file("fork/Cargo.toml", FORK)
            .file("Cargo.lock", "version = 4\n")
            .findings("OVR08");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn is_silent_about_a_patch_that_acts() {
        let lock = "version = 4\n[[package]]\nname = \"shared\"\nversion = \"1.2.0\"\n";
        let found = Repository::new()
            .manifest(PATCH)
            .file("fork/Cargo.toml", FORK)
            .file("Cargo.lock", lock)
            .findings("OVR08");
        assert!(found.is_empty(), "{found:?}");
    }
}
