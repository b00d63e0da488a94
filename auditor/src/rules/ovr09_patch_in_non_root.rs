use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::workspace::Class;
use crate::report::{Override, OverrideKind, State};

pub(super) const RULE: Rule = Rule {
    code: "OVR09",
    name: "patch-in-non-root",
    group: Group::Override,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on `[patch]` in the manifest of a workspace's member. Cargo heeds only the one in the root.

## Why it is bad
Whoever wrote it believes that the fix is in the build, and it is not. Cargo says so in a warning,
which nobody reads in a green CI job. When the member becomes a workspace of its own one day, the
patch comes to life there, and the rest of the repository still builds the release.

## Example
```toml
# services/api/Cargo.toml, a member of the workspace above
[patch.crates-io]
shared = { path = \"../../fork\" }
```

## How to fix it
Move the entry to the root's manifest, where it changes the build of every member; or remove it,
which is safe, as no build has it. Which of them was meant only its author knows, so there is no
automatic fix.

## When it is a false positive
When a script copies the member out of the workspace and builds it alone.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        if record.kind == OverrideKind::Patch
            && record.state == State::Ignored
            // What no workspace has as a member Cargo does not build at all: there is nothing for
            // the patch to be missing from.
            && let Some(Class::Member(root)) = view.workspaces.classes.get(&record.location.path)
        {
            sink.report(draft(record, root.as_str()));
        }
    }
}

fn draft(record: &Override, root: &str) -> Draft {
    let package = record.package.as_deref().unwrap_or_default();
    let member = &record.location.path;
    let message = format!(
        "the patch of `{package}` has no effect in `{member}`: Cargo heeds only those in `{root}`"
    );
    let mut draft = Draft::about(record, message, format!("move it to `{root}`, or remove it"));
    // Every member may have the same dead entry.
    draft.identity = format!("{member} {}", draft.identity);
    draft
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    const PATCH: &str = "[patch.crates-io]\nshared = { path = \"../fork\" }\n";

    fn workspace(rest: &str) -> Repository {
        let member = format!("[package]\nname = \"api\"\nversion = \"1.0.0\"\n{PATCH}");
        Repository::new().manifest(rest).file("api/Cargo.toml", &member)
    }

    #[test]
    fn fires_on_a_patch_in_a_member() {
        let found = workspace("[workspace]\nmembers = [\"api\"]\n").findings("OVR09");
        assert_eq!(found.len(), 1, "{found:?}");
        let place = &found[0].locations[0].location;
        assert_eq!((place.path.as_str(), place.span.line), ("api/Cargo.toml", 5));
        assert!(found[0].message.ends_with("those in `Cargo.toml`"), "{found:?}");
    }

    #[test]
    fn is_silent_about_the_root_and_about_a_package_that_stands_alone() {
        let found =
            workspace("[workspace]\nexclude = [\"api\"]\n[patch.crates-io]\na.path = \"a\"\n")
                .findings("OVR09");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_where_cargo_refuses_to_build() {
        let found = workspace("[workspace]\n").findings("OVR09");
        assert!(found.is_empty(), "{found:?}");
    }
}
