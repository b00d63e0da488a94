use std::collections::BTreeMap;

use depaudit_model::cargo::CrateName;
use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::lock::{LockedPackage, PackageSource};
use crate::report::{FoundPackage, Lacking, Location, OverrideKind, Place};

pub(super) const RULE: Rule = Rule {
    code: "SRC06",
    name: "private-name-on-public-registry",
    group: Group::Source,
    severity: Severity::High,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when crates.io has a crate of a name that a dependency or lock takes from another registry,
or that the policy lists under `internal-packages`. Names that are taken from folders and git
repositories count only when the policy lists them.

## Why it is bad
Cargo asks exactly the registry that a dependency names, and crates.io where it names none. One
`registry = \"...\"` that is forgotten, in a new service or a fresh example, and the build runs what a
stranger has published under the internal name. Whoever takes such names waits for that.

## Example
```toml
[dependencies]
billing-core = { version = \"1\", registry = \"internal\" } # crates.io has a `billing-core`, too
```

## How to fix it
Rename the package, or publish an empty crate under its name so that nobody else can. Until then,
let a policy refuse the name from crates.io. What is built does not change by itself.

## When it is a false positive
When the other registry is a mirror of crates.io, or the crate on crates.io is your own. Replace the
source instead of naming the mirror, or narrow the policy's pattern.
";

/// A name that should not be a public one.
#[derive(Default)]
struct Private {
    /// Whether the policy says so.
    internal: bool,
    /// Where the name stands.
    places: Vec<Place>,
    /// Whether a lock takes it from crates.io, which proves that it is there.
    is_locked_from_crates_io: bool,
}

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut names = BTreeMap::<CrateName, Private>::new();
    let mut add = |name: &str, internal: bool, location: Location| {
        // What crates.io could not have needs no look.
        if let Ok(name) = name.parse() {
            let private = names.entry(name).or_default();
            private.internal |= internal;
            private.places.push(location.into());
        }
    };
    let is_internal = |name: &str| view.policy.internal(name).is_some();
    for record in &view.overrides {
        let Some(name) = record.package.as_deref() else { continue };
        let internal = is_internal(name);
        let elsewhere = record.kind == OverrideKind::RegistryDependency && record.is_effective();
        if internal || elsewhere {
            add(name, internal, record.location.clone());
        }
    }
    for (path, lock) in &view.locks {
        for package in &lock.packages {
            let internal = is_internal(&package.name);
            if internal || comes_from_another_registry(package) {
                add(&package.name, internal, Location::new(path, package.span));
            }
        }
    }
    for (name, private) in &mut names {
        let mut locked = view.locks.values().flat_map(|lock| lock.named(name.as_str()));
        private.is_locked_from_crates_io =
            locked.any(|package| *package.source == PackageSource::CratesIo);
    }
    view.world.facts.expect(&names.keys().cloned().collect::<Vec<_>>());
    for (name, private) in names {
        let known = view.world.facts.releases(&name);
        match known.map(|releases| !releases.is_empty()) {
            _ if private.is_locked_from_crates_io => sink.report(private.draft(&name)),
            Some(true) => sink.report(private.draft(&name)),
            Some(false) => {}
            None => sink.lacks(Lacking::Facts),
        }
    }
}

/// A lock has other sources than registries, too, which Cargo does not write.
fn comes_from_another_registry(package: &LockedPackage) -> bool {
    matches!(&*package.source, PackageSource::Other(text)
        if text.starts_with("registry+") || text.starts_with("sparse+"))
}

impl Private {
    fn draft(self, name: &CrateName) -> Draft {
        let message = match (self.internal, self.is_locked_from_crates_io) {
            (true, true) => format!("`{name}` is internal, and a lock takes it from crates.io"),
            (true, false) => {
                format!("`{name}` is internal, and crates.io has a crate of this name")
            }
            (false, _) => format!(
                "`{name}` comes from another registry, and crates.io has a crate of this name, too"
            ),
        };
        let help = "rename it, or take the name on crates.io; and name the registry in every \
                    dependency on it";
        Draft {
            message,
            help: Some(help.to_owned()),
            package: Some(FoundPackage { name: name.to_string(), version: None }),
            workspace: None,
            locations: self.places.into_iter().take(MOST_PLACES).collect(),
            identity: String::new(),
            level: None,
            fix: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    const INTERNAL: &str =
        "[dependencies]\nbilling-core = { version = \"1\", registry = \"internal\" }\n";

    fn repository() -> Repository {
        Repository::new().manifest(INTERNAL)
    }

    #[test]
    fn fires_on_a_name_of_another_registry_that_crates_io_has_too() {
        let found = repository().published("billing-core", &["0.0.1 2026-01-01"]).findings("SRC06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].locations[0].location.path.as_str(), "Cargo.toml");
    }

    #[test]
    fn fires_once_for_what_several_locks_hold() {
        let packages = "[[package]]\nname = \"deep\"\nversion = \"1.0.0\"\n\
                        source = \"sparse+https://registry.example/index/\"\n";
        let found = repository()
            .file("Cargo.lock", &lock(packages))
            .file("tool/Cargo.lock", &lock(packages))
            .published("billing-core", &[])
            .published("deep", &["1.0.0 2026-01-01"])
            .findings("SRC06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].locations.len(), 2, "{found:?}");
    }

    #[test]
    fn fires_on_what_the_policy_calls_internal_and_a_lock_takes_from_crates_io() {
        let found = Repository::new()
            .manifest("[dependencies]\nbilling-core = \"1\"\n")
            .file("Cargo.lock", &lock(&crates_io_package("billing-core", "1.0.0")))
            .policy("internal-packages = [\"billing-*\"]\n")
            .findings("SRC06");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("a lock takes it from crates.io"), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_name_that_is_free_and_about_folders_and_repositories() {
        let ordinary = "[dependencies]\nserde = { git = \"https://git.example/serde\" }\n\
                        log = { path = \"log\" }\n";
        for repository in [
            repository().published("billing-core", &[]),
            Repository::new()
                .manifest(ordinary)
                .file("log/Cargo.toml", "[package]\nname = \"log\"\nversion = \"1.0.0\"\n")
                .published("serde", &["1.0.0 2020-01-01"])
                .published("log", &["1.0.0 2020-01-01"]),
        ] {
            let report = repository.scan();
            assert!(report.findings.iter().all(|it| it.code != "SRC06"), "{report:?}");
            assert!(report.summary.not_evaluated.iter().all(|it| it.code != "SRC06"));
        }
    }

    #[test]
    fn what_nobody_can_tell_is_not_passed() {
        let report = repository().scan();
        let lacking = report.summary.not_evaluated.iter().find(|it| it.code == "SRC06").unwrap();
        assert_eq!(lacking.passed_over, 1);
    }
}
