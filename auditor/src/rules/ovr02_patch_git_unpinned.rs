use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::fix;
use crate::report::{GitReference, GitTarget, LockedIdentity, Override, State, Target};

pub(super) const RULE: Rule = Rule {
    code: "OVR02",
    name: "patch-git-unpinned",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when an override or a dependency follows a branch of a git repository, or its default
branch. A tag is a warning: it can be moved, but rarely is.

## Why it is bad
The lock holds the commit only until somebody updates it: `cargo update`, a fresh clone without a
lock, a new dependency. From then on the build has whatever the branch holds on that day. Two teams
that follow one branch lock different commits under one version number, and look alike.

## Example
```toml
[dependencies]
shared = { git = \"https://git.example/shared\", branch = \"main\" }
```

## How to fix it
Write the commit that the lock holds as `rev`. That is safe: it changes no byte of the build.

## When it is a false positive
When the branch is a release branch of the team's own, and following it is the point. Declare it.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let held = fix::Commits::of(view);
    for record in &view.overrides {
        if matches!(record.state, State::Ignored | State::Unused) {
            continue;
        }
        if let Target::Git(target) = &record.target
            && let Some(draft) = draft(record, target)
        {
            sink.report(Draft { fix: fix::pin(view, &held, record, target), ..draft });
        }
    }
}

fn draft(record: &Override, target: &GitTarget) -> Option<Draft> {
    let follows = match &target.reference {
        GitReference::Rev(_) => return None,
        GitReference::None => "the default branch".to_owned(),
        GitReference::Branch(name) => format!("the branch `{name}`"),
        GitReference::Tag(name) => format!("the tag `{name}`"),
    };
    let package = record.package.as_deref().unwrap_or_default();
    let commit = record.locked.iter().find_map(|locked| match &locked.identity {
        LockedIdentity::Git { commit, .. } => commit.as_deref(),
        _ => None,
    });
    let now = commit.map_or("which no lock pins".to_owned(), |commit| {
        format!("which the lock holds at {commit}")
    });
    let help = commit.map_or_else(
        || "pin it with `rev = \"<commit>\"`".to_owned(),
        |commit| format!("pin it with `rev = \"{commit}\"`"),
    );
    let message = format!("`{package}` follows {follows} of {}, {now}", target.url);
    let mut draft = Draft::about(record, message, help);
    if matches!(target.reference, GitReference::Tag(_)) {
        draft.level = Some(Level::Warn);
    }
    Some(draft)
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::Repository;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"shared\"\nversion = \"1.0.0\"\n\
                        source = \"git+https://git.example/shared?branch=main#0123abcd\"\n";

    #[test]
    fn fires_on_a_branch_and_says_where_the_lock_stands() {
        let found = Repository::new()
            .manifest("[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n")
            .file("Cargo.lock", LOCK)
            .findings("OVR02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Deny);
        assert!(found[0].message.contains("branch `main`"), "{found:?}");
        assert_eq!(found[0].help.as_deref(), Some("pin it with `rev = \"0123abcd\"`"));
    }

    #[test]
    fn a_tag_is_only_a_warning() {
        let found = Repository::new()
            .manifest("[patch.crates-io]\na = { git = \"https://git.example/a\", tag = \"v1\" }\n")
            .findings("OVR02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Warn);
    }

    #[test]
    fn is_silent_about_a_commit() {
        let found = Repository::new()
            .manifest(
                "[dependencies]\na = { git = \"https://git.example/a\", rev = \"0123abcd\" }\n",
            )
            .findings("OVR02");
        assert!(found.is_empty(), "{found:?}");
    }
}
