use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::cargo::workspace::Class;
use crate::report::{FoundPackage, Location};

pub(super) const RULE: Rule = Rule {
    code: "LCK05",
    name: "lock-entry-without-checksum",
    group: Group::Lock,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a lock's package from a registry that has no checksum, or one that is no SHA-256. Where
no package of a lock has one, it fires once for the lock. Packages from git and from folders have
none; those that a `[replace]` stands in for are not downloaded. The lock of a workspace's member is
passed over, as Cargo does.

## Why it is bad
Cargo takes whatever the registry or its mirror serves and calls it right: the next download defines
the truth, and writes it into the lock as if it had always been there. Whoever can answer for the
registry once can put in anything. Taking the line out of a lock is a small change in a large file,
and a build without `--locked` is green.

## Example
```toml
[[package]]
name = \"shared\"
version = \"1.2.0\"
source = \"registry+https://registry.example/index\"
# no `checksum`
```

## How to fix it
Restore the line from the last commit that had it. `cargo update -p shared` writes one, too, and
believes the registry in doing so: compare it with what other teams have. So it is not safe to do
automatically.

## When it is a false positive
When the registry publishes no checksums, as local ones sometimes do.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for lock in view.locks.values() {
        let manifest = lock.path.folder().child("Cargo.toml");
        if matches!(view.workspaces.classes.get(&manifest), Some(Class::Member(_))) {
            continue;
        }
        let downloaded = lock.packages.iter().filter(|it| is_downloaded(it));
        let bare: Vec<_> = downloaded.clone().filter(|it| it.checksum.is_none()).collect();
        if bare.len() > 1 && bare.len() == downloaded.count() {
            sink.report(whole(lock, bare.len()));
        } else {
            bare.into_iter().for_each(|package| sink.report(entry(lock, package)));
        }
    }
}

/// Whether Cargo fetches it from a registry, and would compare what it gets.
fn is_downloaded(package: &LockedPackage) -> bool {
    let from_registry = match &*package.source {
        PackageSource::CratesIo => true,
        PackageSource::Other(text) => {
            ["registry+", "sparse+"].iter().any(|kind| text.starts_with(kind))
        }
        PackageSource::Path | PackageSource::Git { .. } => false,
    };
    from_registry && !package.replaced
}

const HELP: &str = "restore the checksum from the last commit that had it";

fn entry(lock: &Lock, package: &LockedPackage) -> Draft {
    let (name, version) = (&package.name, &package.version);
    let message =
        format!("`{name}` {version} is locked without a checksum: the next download defines it");
    let location = Location::new(&lock.path, package.span);
    let mut draft = Draft::at(location, format!("{:?}", package.source), message, HELP);
    draft.package =
        Some(FoundPackage { name: name.to_string(), version: Some(version.to_string()) });
    draft.workspace = Some(lock.path.folder());
    draft
}

fn whole(lock: &Lock, count: usize) -> Draft {
    let message = format!(
        "none of the {count} packages that `{}` takes from registries has a checksum",
        lock.path
    );
    let first = lock.packages.iter().find(|it| is_downloaded(it));
    let span = first.map_or(crate::report::Span::START, |package| package.span);
    let mut draft =
        Draft::at(Location::new(&lock.path, span), "the whole lock".to_owned(), message, HELP);
    draft.workspace = Some(lock.path.folder());
    draft
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, crates_io_package, lock};

    fn bare(name: &str) -> String {
        let entry = crates_io_package(name, "1.0.0");
        let lines = entry.lines().filter(|line| !line.starts_with("checksum"));
        lines.map(|line| format!("{line}\n")).collect()
    }

    fn locked(packages: &str) -> Repository {
        Repository::new().manifest("").file("Cargo.lock", &lock(packages))
    }

    #[test]
    fn fires_on_an_entry_that_lost_its_checksum() {
        let packages = crates_io_package("a", "1.0.0") + &bare("b");
        let found = locked(&packages).findings("LCK05");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].package.as_ref().unwrap().name, "b");
        assert_eq!(found[0].locations[0].location.span.line, 8);
    }

    #[test]
    fn fires_once_on_a_lock_without_any() {
        let found = locked(&(bare("a") + &bare("b"))).findings("LCK05");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("none of the 2 packages"), "{found:?}");
    }

    #[test]
    fn fires_on_an_entry_of_another_registry() {
        let entry = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                     source = \"sparse+https://registry.example/\"\nchecksum = \"abc\"\n";
        assert_eq!(locked(entry).findings("LCK05").len(), 1);
    }

    #[test]
    fn is_silent_about_git_folders_and_what_is_replaced() {
        let git = "[[package]]\nname = \"g\"\nversion = \"1.0.0\"\n\
                   source = \"git+https://git.example/g#0123\"\n";
        let app = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";
        let replaced = bare("r") + "replace = \"r 1.0.0\"\n";
        let found = locked(&[git, app, &replaced].concat()).findings("LCK05");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_lock_that_keeps_its_checksums_at_the_end() {
        let source = format!("registry+{}", tame_index::CRATES_IO_INDEX);
        let sum = depaudit_model::Checksum::of(b"a");
        let text = format!(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n\n\
             [metadata]\n\"checksum a 1.0.0 ({source})\" = \"{sum}\"\n"
        );
        let found = Repository::new().manifest("").file("Cargo.lock", &text).findings("LCK05");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_members_lock_which_cargo_ignores() {
        let member = "[package]\nname = \"m\"\nversion = \"1.0.0\"\n";
        let found = Repository::new()
            .manifest("[workspace]\nmembers = [\"m\"]\n")
            .file("m/Cargo.toml", member)
            .file("m/Cargo.lock", &lock(&bare("a")))
            .findings("LCK05");
        assert!(found.is_empty(), "{found:?}");
    }
}
