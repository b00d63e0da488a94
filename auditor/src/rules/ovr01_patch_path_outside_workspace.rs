use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::report::{Override, OverrideKind, Reach, State, Target};

pub(super) const RULE: Rule = Rule {
    code: "OVR01",
    name: "patch-path-outside-workspace",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a patch or a replacement takes a package from a folder that is outside of the
repository, or inside it but not a member of the workspace; and when a path dependency leads out of
the repository, or to nothing.

## Why it is bad
The lock says nothing about such a folder: neither which one it is, nor what is in it. Two people
with the same commit and the same lock build different bytes, and both builds are green. A team
that patched a shared library from a folder beside its clone shipped a fork that nobody else had,
and nothing in the repository showed it.

## Example
```toml
[patch.crates-io]
shared = { path = \"../shared-fork\" }
```

## How to fix it
Publish the change, or take it from git at a fixed `rev`. A folder that belongs to the repository
can be named in the workspace's `members`. None of this is safe to do automatically.

## When it is a false positive
When the folder is a git submodule, or is fetched by a script at a fixed commit. Declare the
override then.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        if record.state == State::Ignored {
            continue;
        }
        if let (Target::Path(path), Some(reach)) = (&record.target, record.reach)
            && let Some(where_to) = complaint(record.kind, reach)
        {
            sink.report(draft(record, path, where_to));
        }
    }
}

const fn complaint(kind: OverrideKind, reach: Reach) -> Option<&'static str> {
    match reach {
        Reach::Member => None,
        // Repositories of several workspaces depend on themselves in this way all the time, and
        // the commit says which bytes those are. A patch in the same way stands in for a release.
        Reach::Repository if matches!(kind, OverrideKind::PathDependency) => None,
        Reach::Repository => Some("which is no member of this workspace"),
        Reach::Missing => Some("where there is no package"),
        Reach::Outside => Some("outside of the scanned folder"),
    }
}

fn draft(record: &Override, path: &str, where_to: &str) -> Draft {
    let subject = match &record.package {
        Some(package) => format!("`{package}`"),
        None => "whatever it has packages for".to_owned(),
    };
    let what = match record.kind {
        OverrideKind::PathDependency => "is taken",
        _ => "is replaced by a copy",
    };
    let message = format!("{subject} {what} from the folder `{path}`, {where_to}");
    let help = "take it from a registry, or from git at a fixed `rev`; a folder of this \
                repository can be named in `members`";
    Draft::about(record, message, help)
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    #[test]
    fn fires_on_a_folder_outside_of_the_repository() {
        let found = Repository::new()
            .manifest("[patch.crates-io]\nshared = { path = \"../shared-fork\" }\n")
            .findings("OVR01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("`../shared-fork`, outside"), "{found:?}");
        assert_eq!(found[0].locations[0].location.span.line, 5);
    }

    #[test]
    fn fires_on_a_folder_that_is_no_member() {
        let found = Repository::new()
            .manifest(
                "[workspace]\nexclude = [\"fork\"]\n[replace]\n\"a:1.0.0\" = { path = \"fork\" }\n",
            )
            .file("fork/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n")
            .findings("OVR01");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn fires_on_a_fork_below_a_package_that_stands_alone() {
        let found = Repository::new()
            .manifest("[patch.crates-io]\na = { path = \"third_party/a\" }\n")
            .file("third_party/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n")
            .findings("OVR01");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn is_silent_about_a_dependency_on_another_workspace_of_the_repository() {
        let found = Repository::new()
            .manifest("[workspace]\nexclude = [\"x\"]\n[dependencies]\nx = { path = \"x\" }\n")
            .file("x/Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.0.0\"\n")
            .findings("OVR01");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_members() {
        let found = Repository::new()
            .manifest("[workspace]\n[dependencies]\nmine = { path = \"mine\" }\n")
            .file("mine/Cargo.toml", "[package]\nname = \"mine\"\nversion = \"1.0.0\"\n")
            .findings("OVR01");
        assert!(found.is_empty(), "{found:?}");
    }
}
