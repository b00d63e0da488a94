use std::collections::BTreeSet;

use depaudit_policy::{Declared, Level, Severity};

use super::ovr08_patch_unused::without_effect;
use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::lock::PackageSource;
use crate::fix::Fix;
use crate::report::{Override, OverrideKind, Reach, Target};

pub(super) const RULE: Rule = Rule {
    code: "OVR03",
    name: "override-undeclared",
    group: Group::Override,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on an override that acts and that no complete `[[override]]` of the policy declares. A
complete one has an owner, a reason, a link to where the change goes upstream, and a day on which it
ends. Patches, replacements, `paths` in configuration, vendored packages that were changed, and git
dependencies on something that the same lock also takes from the default registry need one.

## Why it is bad
An override is a decision to ship other bytes than everybody else. Undeclared, it has no owner who
could be asked and no day on which somebody looks again: a fork that was made for one missing fix
was still built two years after the fix had been released, with every hole that was closed since.

## Example
```toml
[patch.crates-io]
shared = { git = \"https://github.com/our-org/shared\", rev = \"0123abcd\" }
```

## How to fix it
Take it out, or declare it in `depaudit.toml`:
```toml
[[override]]
package = \"shared\"
source = \"https://github.com/our-org/shared\"
owner = \"payments\"
reason = \"the release panics on an empty list\"
link = \"https://github.com/upstream/shared/pull/7\"
expires = 2026-09-01
until = \">=1.2.1\"
```

## When it is a false positive
Never quite: what acts is worth its five lines. A member of the same workspace, an ordinary path
dependency and a plain git dependency need none.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut said = BTreeSet::new();
    for record in view.overrides.iter().filter(|record| record.is_effective()) {
        if let (Some(package), Some(source)) = (&record.package, source_of(record))
            && needs_declaration(view, record, package)
            && let declared = view.policy.declared(package, &source, view.world.today)
            && let Some(lack) = lack(&declared)
            // A git dependency of many members is one override of their workspace.
            && said.insert((record.workspace.clone(), package.clone(), source.clone()))
        {
            let message = format!("`{package}` is overridden by {source}, {lack}");
            let help = format!(
                "take it out, or declare it in depaudit.toml: `[[override]]` with `package = \
                 \"{package}\"`, `source = \"{source}\"`, `owner`, `reason`, `link` and `expires`"
            );
            // An entry that is there is its owner's to complete.
            let fix = matches!(declared, Declared::No).then(|| Fix::declare(package, &source));
            sink.report(Draft { fix, ..Draft::about(record, message, help) });
        }
    }
}

/// Where an overridden package comes from, as a declaration names it.
pub(crate) fn source_of(record: &Override) -> Option<String> {
    match &record.target {
        Target::Git(git) => Some(git.url.to_string()),
        Target::Path(path) | Target::Directory(path) => Some(path.clone()),
        Target::Registry(registry) => Some(registry.name.clone()),
        _ => None,
    }
}

/// Whether an override is one that somebody has to answer for.
pub(crate) fn needs_declaration(view: &TeamView<'_>, record: &Override, package: &str) -> bool {
    match record.kind {
        OverrideKind::Patch | OverrideKind::Replace | OverrideKind::ConfigPatch => {
            // What should go needs no owner.
            record.reach != Some(Reach::Member) && without_effect(view, record).is_none()
        }
        OverrideKind::ConfigPaths => true,
        OverrideKind::Vendored => !record.differs.is_empty(),
        OverrideKind::GitDependency => is_published(view, record, package),
        _ => false,
    }
}

/// Whether the same lock takes the same name from the default registry, too.
fn is_published(view: &TeamView<'_>, record: &Override, package: &str) -> bool {
    let lock = record.workspace.as_ref().and_then(|folder| view.lock_in(folder));
    let named = lock.map(|lock| lock.named(package)).unwrap_or_default();
    named.iter().any(|it| *it.source == PackageSource::CratesIo)
}

/// What is missing for it to be declared; `None` when it is.
fn lack(declared: &Declared<'_>) -> Option<String> {
    match declared {
        Declared::Yes(_) => None,
        Declared::No => Some("which nobody declared".to_owned()),
        Declared::Incomplete(declaration) => Some(format!(
            "whose declaration ({}) lacks {}",
            declaration.place,
            declaration.missing().join(", ")
        )),
        Declared::Expired(declaration) => {
            let day = declaration.expires.as_ref().map(|it| format!(" on {}", it.value));
            let day = day.unwrap_or_default();
            Some(format!("whose declaration ({}) ended{day}", declaration.place))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fix::Fix;
    use crate::testing::{Repository, crates_io_package, lock};

    const DECLARED: &str = "[[override]]\npackage = 'shared'\nsource = 'https://git.example/fork'\n\
                            owner = 'me'\nreason = 'r'\nlink = 'https://e.org/1'\n\
                            expires = 2026-09-01\n";

    fn patched() -> Repository {
        Repository::new().manifest(
            "[patch.crates-io]\n\
             shared = { git = \"https://git.example/fork\", rev = \"0123\" }\n",
        )
    }

    #[test]
    fn fires_on_a_patch_that_nobody_declared() {
        let found = patched().findings("OVR03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("git.example/fork, which nobody declared"));
        assert_eq!(found[0].fix, Some(Fix::declare("shared", "https://git.example/fork")));
        let help = found[0].help.as_deref().unwrap();
        assert!(help.contains("source = \"https://git.example/fork\""), "{help}");
    }

    #[test]
    fn fires_on_a_declaration_that_ended_or_lacks_something() {
        let ended = DECLARED.replace("2026-09-01", "2026-06-01");
        let found = patched().policy(&ended).findings("OVR03");
        assert!(found[0].message.contains("ended on 2026-06-01"), "{found:?}");
        let bare = DECLARED.replace("owner = 'me'\n", "");
        let found = patched().policy(&bare).findings("OVR03");
        assert!(found[0].message.contains("lacks owner"), "{found:?}");
        assert_eq!(found[0].fix, None);
    }

    #[test]
    fn fires_on_a_git_dependency_that_is_locked_from_the_registry_too() {
        let git = "[[package]]\nname = \"shared\"\nversion = \"1.0.0\"\n\
                   source = \"git+https://git.example/fork?rev=0123#0123\"\n";
        let both = format!("{git}{}", crates_io_package("shared", "0.9.0"));
        let repository = || {
            Repository::new().manifest(
                "[dependencies]\n\
                 shared = { git = \"https://git.example/fork\", rev = \"0123\" }\n",
            )
        };
        let found = repository().file("Cargo.lock", &lock(&both)).findings("OVR03");
        assert_eq!(found.len(), 1, "{found:?}");
        let alone = repository().file("Cargo.lock", &lock(git)).findings("OVR03");
        assert!(alone.is_empty(), "{alone:?}");
    }

    #[test]
    fn fires_on_a_fork_below_a_package_that_stands_alone() {
        let found = Repository::new()
            .manifest("[patch.crates-io]\na = { path = \"third_party/a\" }\n")
            .file("third_party/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n")
            .findings("OVR03");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn is_silent_about_what_is_declared() {
        let found = patched().policy(DECLARED).findings("OVR03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_patch_without_effect() {
        let found = patched().file("Cargo.lock", &lock("")).findings("OVR03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_members_and_path_dependencies() {
        let found = Repository::new()
            .manifest(
                "[workspace]\n[dependencies]\nmine = { path = \"mine\" }\n\
                 [patch.crates-io]\nmine = { path = \"mine\" }\n",
            )
            .file("mine/Cargo.toml", "[package]\nname = \"mine\"\nversion = \"1.0.0\"\n")
            .findings("OVR03");
        assert!(found.is_empty(), "{found:?}");
    }
}
