use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::manifest::{Dependency, Manifest};
use crate::files::RepoPath;
use crate::report::{FoundPackage, Location};

pub(super) const RULE: Rule = Rule {
    code: "OVR13",
    name: "renamed-package-hides-identity",
    group: Group::Override,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires where `package = \"...\"` makes a dependency look like another one: its key is the name of
another package, which the same lock or manifest has; or the package behind the key comes from git or
from another registry, and the key does not say its name. It is silent about names that only tell
versions or forms of one package apart (`foo2 = { package = \"foo\", version = \"2\" }`), and about
packages of the repository itself.

## Why it is bad
The code says `shared::parse()`, the manifest says `shared`, and what runs is `shared-fork`. A
reviewer who looks for the package finds its release; a search for the fork in an incident finds
nothing in the code; and a fix of `shared` moves the lock and leaves the program as it was.

## Example
```toml
[dependencies]
shared = { package = \"shared-fork\", version = \"1\" }
other  = \"1\" # depends on the real `shared`
```

## How to fix it
Call the dependency by its own name, and mend the paths in the code; or, when it is to stand in for
the other one everywhere, patch that one, so that there is only one of them. Neither is safe to do
automatically.

## When it is a false positive
When the package is a known successor, or a facade, and everybody who reads the code knows.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for manifest in view.manifests.all() {
        let Some(root) = view.workspaces.root_of(&manifest.path) else { continue };
        for dependency in manifest.dependencies.iter().filter(|it| it.is_renamed()) {
            if let Some(message) = complaint(view, manifest, root, dependency) {
                sink.report(draft(manifest, root, dependency, message));
            }
        }
    }
}

fn complaint(
    view: &TeamView<'_>,
    manifest: &Manifest,
    root: &RepoPath,
    dependency: &Dependency,
) -> Option<String> {
    let (key, package, spec) = (&*dependency.key, dependency.package(), &dependency.spec);
    if spec.path.is_some() || is_form_of(key, package) {
        return None;
    }
    if is_another_package(view, manifest, root, key) {
        return Some(format!("`{key}` is not the package of this name but `{package}`"));
    }
    let from = match (&spec.git, &spec.registry) {
        (Some(git), _) => format!("from {}", git.url),
        (None, Some(registry)) => format!("from the registry `{}`", registry.as_str()),
        (None, None) => return None,
    };
    Some(format!("`{key}` is the package `{package}` {from}"))
}

/// Whether one name holds the other: `foo2` and `old-foo` for `foo`, `codec` for `scale-codec`.
fn is_form_of(key: &str, package: &str) -> bool {
    let (key, package) = (plain(key), plain(package));
    key.contains(&package) || package.contains(&key)
}

/// As code sees it.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// Whether the manifest or the lock has a package whose real name is the key.
fn is_another_package(
    view: &TeamView<'_>,
    manifest: &Manifest,
    root: &RepoPath,
    key: &str,
) -> bool {
    let spellings = [key.to_owned(), key.replace('_', "-"), plain(key)];
    let locked = view.lock_of(root);
    spellings.iter().any(|name| {
        locked.is_some_and(|lock| !lock.named(name).is_empty())
            || manifest.dependencies.iter().any(|it| it.package() == name)
    })
}

fn draft(manifest: &Manifest, root: &RepoPath, dependency: &Dependency, message: String) -> Draft {
    let location = Location::new(&manifest.path, dependency.span);
    let identity = format!("{} {}", manifest.path, dependency.key);
    let package = dependency.package();
    let help = format!("call it `{package}`, or patch the package whose name it has");
    let mut draft = Draft::at(location, identity, message, help);
    draft.package = Some(FoundPackage { name: package.to_owned(), version: None });
    draft.workspace = Some(root.folder());
    draft
}

#[cfg(test)]
mod tests {
    use crate::report::Finding;
    use crate::testing::{Repository, crates_io_package, lock};

    fn found(dependencies: &str) -> Vec<Finding> {
        let packages = crates_io_package("shared", "1.0.0");
        Repository::new()
            .manifest(&format!("[dependencies]\n{dependencies}"))
            .file("Cargo.lock", &lock(&packages))
            .findings("OVR13")
    }

    #[test]
    fn fires_on_the_name_of_another_package() {
        let locked = found("shared = { package = \"impostor\", version = \"1\" }\n");
        assert_eq!(locked.len(), 1, "{locked:?}");
        assert_eq!(locked[0].package.as_ref().unwrap().name, "impostor");
        let beside = "real = { package = \"log\", version = \"1\" }\n";
        let named = found(&format!("log = {{ package = \"tracing\", version = \"1\" }}\n{beside}"));
        assert_eq!(named.len(), 1, "{named:?}");
        assert_eq!(named[0].locations[0].location.span.line, 5);
    }

    #[test]
    fn fires_on_a_package_from_git_under_another_name() {
        let found =
            found("http = { package = \"own\", git = \"https://u:canary@git.example/o\" }\n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
    }

    #[test]
    fn is_silent_about_versions_forms_and_packages_of_the_repository() {
        let found = found(
            "shared2 = { package = \"shared\", version = \"2\" }\n\
             codec = { package = \"scale-codec\", git = \"https://git.example/codec\" }\n\
             http = { package = \"app-http\", path = \"http\" }\n\
             bytes1 = { package = \"tinybytes\", version = \"1\" }\n",
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
