use std::collections::BTreeSet;

use depaudit_policy::{Level, Severity};
use semver::{Version, VersionReq};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::cargo::manifest::{Dependency, Manifest};
use crate::report::{Location, OverrideKind, Place, Span};

pub(super) const RULE: Rule = Rule {
    code: "LCK04",
    name: "lock-stale",
    group: Group::Lock,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires where a lock cannot be the one of its manifests: a member is not in it, or stands there at
another version; or a dependency of a member has no locked package that meets it. One finding for
each lock, with the first ten places. Where it cannot be told from the files alone, it is silent:
whether a lock holds too much, and what dependencies of dependencies ask for, takes an index.

## Why it is bad
The next build without `--locked` mends the lock, silently, with what is newest on that day: what CI
builds then is not what was committed, and the next job may build something else. With `--locked` the
build fails, and people learn to leave the flag out.

## Example
```toml
[dependencies]
shared = \"1.3\" # the lock holds 1.2.0
```

## How to fix it
Run `cargo update --workspace`, which changes no more than it must, and commit the lock. It is not
safe to do automatically: it asks an index, and other versions are built afterwards.

## When it is a false positive
When the lock belongs to other manifests than those beside it: a template, or a fixture.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let patched = patched(view);
    for root in view.workspaces.effective_roots() {
        let Some(lock) = view.lock_of(root) else { continue };
        let root_manifest = view.manifests.get(root);
        let alone = BTreeSet::from([root.clone()]);
        let members = view.workspaces.members.get(root).unwrap_or(&alone);
        let mut misfits = Vec::new();
        for member in members.iter().filter_map(|path| view.manifests.get(path)) {
            misfits.extend(of_member(view, lock, member));
            let dependencies = member.own_dependencies().filter_map(|dependency| {
                let what = of_dependency(lock, root_manifest, dependency, &patched)?;
                Some((what, Location::new(&member.path, dependency.span)))
            });
            misfits.extend(dependencies);
        }
        misfits.sort_by(|(_, a), (_, b)| a.cmp(b));
        if let Some(draft) = draft(lock, &misfits) {
            sink.report(draft);
        }
    }
}

/// The names of packages that some `[patch]` or `[replace]` speaks of: what such an entry puts in
/// place may come from anywhere.
fn patched<'v>(view: &'v TeamView<'_>) -> BTreeSet<&'v str> {
    let kinds = [OverrideKind::Patch, OverrideKind::ConfigPatch, OverrideKind::Replace];
    let records = view.overrides.iter().filter(|it| kinds.contains(&it.kind));
    records.filter_map(|it| it.package.as_deref()).collect()
}

fn of_member(view: &TeamView<'_>, lock: &Lock, member: &Manifest) -> Option<(String, Location)> {
    let name = member.package.as_ref()?.name.as_deref()?;
    let locked: Vec<_> = lock.named(name).iter().filter(|it| is_folder(it)).collect();
    let what = match (locked.first(), view.manifests.version_of(&member.path)) {
        (None, _) => format!("the member `{name}` is not in it"),
        (Some(first), Some(version)) if locked.iter().all(|it| &*it.version != version) => {
            format!("the member `{name}` is at {version}, and locked at {}", first.version)
        }
        _ => return None,
    };
    Some((what, Location::new(&member.path, Span::START)))
}

/// What is wrong with a dependency; `None` also where it cannot be told.
fn of_dependency(
    lock: &Lock,
    root: Option<&Manifest>,
    dependency: &Dependency,
    patched: &BTreeSet<&str>,
) -> Option<String> {
    let entry = match dependency.spec.inherited {
        true => root?.workspace_dependency(&dependency.key)?,
        false => dependency,
    };
    let (name, spec) = (entry.package(), &entry.spec);
    let locked = lock.named(name);
    if locked.is_empty() {
        return Some(format!("no `{name}` is in it"));
    }
    if spec.path.is_some() {
        let fits = locked.iter().any(is_folder);
        return (!fits).then(|| format!("`{name}` is a folder's, and locked from elsewhere"));
    }
    if spec.git.is_some() {
        let fits = patched.contains(name) || !locked.iter().all(is_published);
        return (!fits).then(|| format!("`{name}` is taken from git, and locked from a registry"));
    }
    let requirement = spec.requirement.as_deref()?;
    let parsed = VersionReq::parse(requirement).ok()?;
    // A version that cannot be read may be the right one.
    let fits = |package: &LockedPackage| {
        Version::parse(&package.version).map_or(true, |version| parsed.matches(&version))
    };
    (!locked.iter().any(fits)).then(|| format!("no `{name}` that meets `{requirement}` is in it"))
}

fn is_folder(package: &LockedPackage) -> bool {
    *package.source == PackageSource::Path
}

fn is_published(package: &LockedPackage) -> bool {
    *package.source == PackageSource::CratesIo
}

fn draft(lock: &Lock, misfits: &[(String, Location)]) -> Option<Draft> {
    let (first, location) = misfits.first()?;
    let more = match misfits.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let message = format!("`{}` is behind the manifests: {first}{more}", lock.path);
    let help = "run `cargo update --workspace`, and commit the lock";
    let mut draft = Draft::at(location.clone(), "stale".to_owned(), message, help);
    let places = misfits.iter().take(MOST_PLACES);
    draft.locations = places.map(|(_, place)| Place::from(place.clone())).collect();
    draft.workspace = Some(lock.path.folder());
    Some(draft)
}

#[cfg(test)]
mod tests {
    use crate::report::Finding;
    use crate::testing::{Repository, crates_io_package, lock};

    const APP: &str = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";

    fn found(rest: &str, packages: &str) -> Vec<Finding> {
        Repository::new()
            .manifest(rest)
            .file("mine/Cargo.toml", "[package]\nname = \"mine\"\nversion = \"1.0.0\"\n")
            .file("Cargo.lock", &lock(&format!("{APP}{packages}")))
            .findings("LCK04")
    }

    #[test]
    fn fires_on_a_member_that_is_missing_or_at_another_version() {
        let workspace = "[workspace]\nmembers = [\"mine\"]\n";
        let missing = found(workspace, "");
        assert!(missing[0].message.ends_with("the member `mine` is not in it"), "{missing:?}");
        let old = found(workspace, "[[package]]\nname = \"mine\"\nversion = \"0.9.0\"\n");
        assert!(old[0].message.ends_with("is at 1.0.0, and locked at 0.9.0"), "{old:?}");
    }

    #[test]
    fn fires_once_on_dependencies_that_nothing_locked_meets() {
        let found = found(
            "[dependencies]\nshared = \"1.3\"\ngone = \"1\"\nfork = { git = \"https://g.example/f\" }\n",
            &(crates_io_package("shared", "1.2.0") + &crates_io_package("fork", "1.0.0")),
        );
        assert_eq!(found.len(), 1, "{found:?}");
        let lines: Vec<_> = found[0].locations.iter().map(|it| it.location.span.line).collect();
        assert_eq!(lines, [5, 6, 7]);
        assert!(found[0].message.contains("no `shared` that meets `1.3`"), "{found:?}");
        assert!(found[0].message.ends_with(", and 2 more"), "{found:?}");
    }

    #[test]
    fn fires_on_what_a_member_inherits() {
        let found = Repository::new()
            .file("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nx = \"2\"\n")
            .file(
                "a/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nx.workspace = true\n",
            )
            .file("Cargo.lock", &lock(&format!("{APP}{}", crates_io_package("x", "1.0.0"))))
            .findings("LCK04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].locations[0].location.path.as_str(), "a/Cargo.toml");
    }

    #[test]
    fn is_silent_about_a_lock_that_fits() {
        let found = found(
            "[workspace]\nmembers = [\"mine\"]\n[dependencies]\nmine = { path = \"mine\" }\n\
             shared = \"1.2\"\nodd = \"not a requirement\"\n[dev-dependencies]\n\
             new = { package = \"shared\", version = \"=1.3.0\" }\n",
            &(crates_io_package("odd", "1.0.0")
                + &crates_io_package("shared", "1.2.0")
                + &crates_io_package("shared", "1.3.0")
                + "[[package]]\nname = \"mine\"\nversion = \"1.0.0\"\n"),
        );
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_what_a_patch_puts_in_place() {
        let found = found(
            "[dependencies]\nfork = { git = \"https://g.example/f\" }\nmine = \"1\"\n\
             [patch.\"https://g.example/f\"]\nfork = \"1\"\n[patch.crates-io]\nmine.path = \"mine\"\n",
            &(crates_io_package("fork", "1.0.0")
                + "[[package]]\nname = \"mine\"\nversion = \"1.0.0\"\n"),
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
