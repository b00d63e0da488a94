use std::collections::BTreeMap;

use depaudit_policy::{Approval, Because, Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::config::Stack;
use crate::cargo::lock::PackageSource;
use crate::files::RepoPath;
use crate::report::{
    Lacking, Location, LockedIdentity, Override, OverrideKind, RegistryRef, State, Target,
};

pub(super) const RULE: Rule = Rule {
    code: "SRC01",
    name: "registry-not-approved",
    group: Group::Source,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a dependency or an entry of a lock comes from a registry that is not on the policy's
list `approved.registries`. Without a list, crates.io is approved and nothing is said of others.

## Why it is bad
A registry that nobody looked at can give any bytes for any version, and nobody is told when they
change. Internal registries that were set up for one project are the ones that miss security
releases: builds stay green on an old version for months.

## Example
```toml
[dependencies]
shared = { version = \"1.2\", registry = \"old-mirror\" }
```

## How to fix it
Take the package from an approved registry. Not safe to do automatically: the bytes can differ. If
the registry is meant, put it on the list in the central policy.

## When it is a false positive
When the registry is an approved one under another address. Put the address on the list.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut origins = Origins::default();
    for record in view.overrides.iter().filter(|it| it.kind == OverrideKind::RegistryDependency) {
        if let Target::Registry(target) = &record.target
            && !matches!(record.state, State::Ignored | State::Unused)
        {
            let registry = address(view, record, target);
            origins.add(record.workspace.clone(), registry, record.location.clone());
        }
    }
    for lock in view.locks.values() {
        for package in &lock.packages {
            let registry = match &*package.source {
                PackageSource::CratesIo => "crates-io",
                PackageSource::Other(registry) => registry,
                PackageSource::Path | PackageSource::Git { .. } => continue,
            };
            let folder = Some(lock.path.folder());
            origins.add(folder, registry.to_owned(), Location::new(&lock.path, package.span));
        }
    }
    let approves = |registry: &str| view.policy.approves_registry(registry);
    origins.report("the registry", "approved.registries", approves, sink);
}

/// The address of a registry that a manifest names: what the lock says, or the configuration.
/// Where neither does, the name.
fn address(view: &TeamView<'_>, record: &Override, target: &RegistryRef) -> String {
    let locked = record.locked.iter().find_map(|locked| match &locked.identity {
        LockedIdentity::Registry { registry, .. } => Some(registry.clone()),
        _ => None,
    });
    let configured = || {
        let stack = Stack::of(&view.configs, &record.location.path.folder());
        stack.registry(&target.name).map(str::to_owned)
    };
    locked.or_else(configured).unwrap_or_else(|| target.name.clone())
}

/// Where packages come from, by workspace, and every place that says so: one finding is about a
/// source, not about each of the hundred packages that came from it.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<(Option<RepoPath>, String), Vec<Location>>);

impl Origins {
    pub(super) fn add(&mut self, workspace: Option<RepoPath>, source: String, at: Location) {
        let places = self.0.entry((workspace, source)).or_default();
        if places.len() < MOST_PLACES {
            places.push(at);
        }
    }

    /// Reports the sources that are not approved; where no policy has a list, that it lacks one.
    pub(super) fn report(
        self,
        what: &str,
        key: &str,
        approves: impl Fn(&str) -> Approval,
        sink: &mut Sink<'_>,
    ) {
        for ((workspace, source), places) in self.0 {
            let list = match approves(&source) {
                Approval { approved: true, .. } => continue,
                Approval { because: Because::Default, .. } => {
                    sink.lacks(Lacking::Policy);
                    continue;
                }
                Approval { because: Because::Line(list), .. } => list,
            };
            sink.report(Draft {
                message: format!("{what} {source} is not on the list of the policy ({list})"),
                help: Some(format!("take it from an approved one, or add it to `{key}`")),
                package: None,
                workspace,
                locations: places.into_iter().map(Into::into).collect(),
                identity: source,
                level: None,
                fix: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    fn from_mirror() -> Repository {
        let mirror = "[[package]]\nname = \"shared\"\nversion = \"1.0.0\"\n\
                      source = \"sparse+https://mirror.example/index/\"\n";
        let packages = format!("{}{mirror}", crates_io_package("serde", "1.0.0"));
        Repository::new()
            .manifest("[dependencies]\nshared = { version = \"1\", registry = \"mirror\" }\n")
            .file("Cargo.lock", &lock(&packages))
    }

    #[test]
    fn fires_once_on_a_registry_that_is_not_on_the_list() {
        let found =
            from_mirror().policy("[approved]\nregistries = ['crates-io']\n").findings("SRC01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("mirror.example/index/ is not on"), "{found:?}");
        let places: Vec<_> =
            found[0].locations.iter().map(|it| it.location.path.as_str()).collect();
        assert_eq!(places, ["Cargo.toml", "Cargo.lock"]);
    }

    #[test]
    fn fires_on_crates_io_where_the_list_lacks_it() {
        let found = from_mirror()
            .policy("[approved]\nregistries = ['https://mirror.example/index']\n")
            .findings("SRC01");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.starts_with("the registry crates-io"), "{found:?}");
    }

    #[test]
    fn is_silent_about_what_is_on_the_list() {
        let policy = "[approved]\nregistries = ['crates-io', 'https://mirror.example/index']\n";
        let found = from_mirror().policy(policy).findings("SRC01");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_and_says_so_without_a_list() {
        let report = from_mirror().scan();
        let told = report.summary.not_evaluated.iter().find(|it| it.code == "SRC01");
        assert_eq!(told.map(|it| it.passed_over), Some(1));
    }
}
