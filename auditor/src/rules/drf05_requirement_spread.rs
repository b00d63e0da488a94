use std::collections::{BTreeMap, BTreeSet};

use depaudit_policy::{Level, Severity};
use semver::{Op, Version, VersionReq};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::{Line, TeamView};
use crate::cargo::manifest::{Dependency, Manifest};
use crate::files::RepoPath;
use crate::fix::Fix;
use crate::report::{FoundPackage, Location, Place};

pub(super) const RULE: Rule = Rule {
    code: "DRF05",
    name: "requirement-spread",
    group: Group::Drift,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires where the manifests of one workspace require one package of one registry from different
minimal versions on. `1` and `1.0` are the same; `1.2` and `1.4` are not. Dependencies by path or
from git have no say, and neither has a second version that a manifest takes on purpose, under
another name. Where all but one of the requirements ask for anything of the line (`1` beside `1.4`),
it is allowed.

## Why it is bad
On one line of compatible versions the highest requirement decides for all, and the others promise
what nobody tests: whoever takes such a member out of the workspace, or lowers the highest one,
builds with versions that its code was never compiled with. On different lines the package is built
twice, its types do not fit each other, and a fix has to be made in both.

## Example
```toml
# api/Cargo.toml
shared = \"1.2\"
# worker/Cargo.toml
shared = \"1.4\"
```

## How to fix it
Write the requirement once, under `[workspace.dependencies]`, and inherit it. Raising the lower
requirements of one line to the highest is safe: the lock already holds a version that meets it.
Different lines take changes in code.

## When it is a false positive
When a member is published by itself, and is tested with the lower version elsewhere.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for (root, members) in &view.workspaces.members {
        let members: Vec<&Manifest> =
            members.iter().filter_map(|path| view.manifests.get(path)).collect();
        let mut asked = BTreeMap::<(&str, Option<&str>), Vec<Asked<'_>>>::new();
        for (key, entry) in entries(&members) {
            asked.entry(key).or_default().push(entry);
        }
        for ((package, _), entries) in asked {
            let minimal: BTreeSet<&Version> = entries.iter().map(|it| &it.minimal).collect();
            if minimal.len() > 1 {
                sink.report(draft(root, package, &entries));
            }
        }
    }
}

/// One entry that asks for a package of a registry.
struct Asked<'v> {
    manifest: &'v Manifest,
    dependency: &'v Dependency,
    requirement: &'v str,
    parsed: VersionReq,
    minimal: Version,
}

/// The entries that name a minimal version, by package and registry.
fn entries<'v>(
    members: &[&'v Manifest],
) -> impl Iterator<Item = ((&'v str, Option<&'v str>), Asked<'v>)> {
    let own = members.iter().flat_map(|it| it.own_dependencies());
    let inherited: BTreeSet<&str> = own.filter(|it| it.spec.inherited).map(|it| &*it.key).collect();
    let all = members.iter().flat_map(|manifest| {
        manifest.dependencies.iter().map(move |dependency| (*manifest, dependency))
    });
    all.filter(move |(manifest, dependency)| {
        let acts = !dependency.table.is_workspace() || inherited.contains(&*dependency.key);
        acts && !is_second_version(manifest, dependency)
    })
    .filter_map(|(manifest, dependency)| {
        let spec = &dependency.spec;
        if spec.path.is_some() || spec.git.is_some() {
            return None;
        }
        let requirement = spec.requirement.as_deref()?;
        let parsed = VersionReq::parse(requirement).ok()?;
        let minimal = minimal(&parsed)?;
        let registry = spec.registry.as_ref().map(|it| it.as_str());
        let asked = Asked { manifest, dependency, requirement, parsed, minimal };
        Some(((dependency.package(), registry), asked))
    })
}

/// Whether the manifest asks for the package under its own name, too.
fn is_second_version(manifest: &Manifest, dependency: &Dependency) -> bool {
    let package = dependency.package();
    dependency.is_renamed()
        && manifest
            .dependencies
            .iter()
            .any(|it| it.package() == package && it.key != dependency.key)
}

/// The lowest version that meets a requirement; `None` for those that name none (`*`, `<2`).
fn minimal(requirement: &VersionReq) -> Option<Version> {
    let named = requirement.comparators.iter().filter(|it| !matches!(it.op, Op::Less | Op::LessEq));
    let lowest = named.map(|it| {
        let mut version = Version::new(it.major, it.minor.unwrap_or(0), it.patch.unwrap_or(0));
        version.pre = it.pre.clone();
        version
    });
    lowest.max()
}

impl Asked<'_> {
    fn is_caret(&self) -> bool {
        matches!(self.parsed.comparators.as_slice(), [only] if only.op == Op::Caret)
    }

    /// The line that it stays on; `None` for a range, which may reach over several.
    fn line(&self) -> Option<Line> {
        let stays = |op| matches!(op, Op::Caret | Op::Tilde | Op::Exact | Op::Wildcard);
        let stays = self.parsed.comparators.iter().any(|it| stays(it.op));
        stays.then(|| Line::of(&self.minimal))
    }

    /// Whether it asks for anything of its line: `1`, `1.0.0`, `0.4`.
    fn is_whole_line(&self) -> bool {
        self.minimal == Line::of(&self.minimal).lowest()
    }
}

fn draft(root: &RepoPath, package: &str, entries: &[Asked<'_>]) -> Draft {
    // Each requirement once, from the lowest on; then the places that repeat one.
    let mut first = BTreeMap::<&Version, &Asked<'_>>::new();
    for entry in entries {
        first.entry(&entry.minimal).or_insert(entry);
    }
    let repeated = entries.iter().filter(|entry| {
        first.get(&entry.minimal).is_none_or(|first| !std::ptr::eq(*first, *entry))
    });
    let places = first.values().copied().chain(repeated).take(MOST_PLACES);
    let locations: Vec<Place> =
        places.map(|it| Location::new(&it.manifest.path, it.dependency.span).into()).collect();
    let shown = first.values().take(MOST_PLACES).map(|it| format!("`{}`", it.requirement));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let lines: BTreeSet<_> = entries.iter().filter_map(Asked::line).collect();
    let (what, help) = if lines.len() > 1 {
        (
            "which are incompatible",
            "move to one line, and write it under `[workspace.dependencies]`",
        )
    } else {
        ("of which the highest decides", "write it once, under `[workspace.dependencies]`")
    };
    let named = entries.iter().filter(|it| !it.is_whole_line()).map(|it| &it.minimal);
    let is_mild = lines.len() == 1 && named.collect::<BTreeSet<_>>().len() <= 1;
    Draft {
        message: format!("this workspace requires `{package}` as {shown}, {what}"),
        help: Some(help.to_owned()),
        package: Some(FoundPackage { name: package.to_owned(), version: None }),
        workspace: Some(root.folder()),
        locations,
        identity: "requirements".to_owned(),
        level: is_mild.then_some(Level::Allow),
        fix: if lines.len() > 1 { None } else { align(package, entries) },
    }
}

/// Raises all to the highest: one lock holds one version of a line, which meets the highest
/// already. Requirements that also bound from above are left to people.
fn align(package: &str, entries: &[Asked<'_>]) -> Option<Fix> {
    let highest = entries.iter().max_by_key(|it| &it.minimal)?;
    if !entries.iter().all(|it| it.is_caret() && it.minimal.pre.is_empty()) {
        return None;
    }
    let lower = entries.iter().filter(|it| it.minimal < highest.minimal);
    let entries = lower.map(|it| Location::new(&it.manifest.path, it.dependency.span));
    Some(Fix::align(package, highest.requirement, entries))
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::fix::Change;
    use crate::report::Finding;
    use crate::testing::Repository;

    fn found(api: &str, worker: &str) -> Vec<Finding> {
        let member = |name: &str, rest: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n[dependencies]\n{rest}\n")
        };
        Repository::new()
            .file(
                "Cargo.toml",
                "[workspace]\nmembers = [\"api\", \"worker\"]\n\
                 [workspace.dependencies]\nshared = \"1.4\"\nunused = \"9\"\n",
            )
            .file("api/Cargo.toml", &member("api", api))
            .file("worker/Cargo.toml", &member("worker", worker))
            .findings("DRF05")
    }

    #[test]
    fn fires_on_different_minimal_versions_and_raises_the_lower() {
        let found = found("shared = \"1.2\"", "shared = { workspace = true }");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("`1.2`, `1.4`, of which the highest"), "{found:?}");
        let places: Vec<_> =
            found[0].locations.iter().map(|it| it.location.path.as_str()).collect();
        assert_eq!(places, ["api/Cargo.toml", "Cargo.toml"]);
        let fix = found[0].fix.as_ref().unwrap();
        assert!(fix.safe);
        assert_eq!(fix.edits.len(), 1);
        assert_eq!(fix.edits[0].change, Change::Requirement("1.4".to_owned()));
    }

    #[test]
    fn fires_on_incompatible_lines_and_offers_no_fix() {
        let found = found("other = \"0.3\"", "other = \"0.4\"");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("which are incompatible"), "{found:?}");
        assert_eq!(found[0].fix, None);
    }

    #[test]
    fn fires_and_lets_pass_what_asks_for_anything_of_the_line() {
        let found = found("other = \"1.0\"", "other = \"1.3.2\"");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Allow);
    }

    #[test]
    fn a_range_that_reaches_over_lines_is_not_called_incompatible() {
        let found = found("other = \">=1.18, <3\"", "other = \"2.1\"");
        assert!(found[0].message.ends_with("the highest decides"), "{found:?}");
        assert_eq!(found[0].fix, None);
    }

    #[test]
    fn an_upper_bound_is_left_to_people() {
        let found = found("other = \"~1.2\"", "other = \"1.3\"");
        assert_eq!(found[0].fix, None);
    }

    #[test]
    fn is_silent_about_spellings_of_one_requirement() {
        let api = "a = \"1\"\nb = \"*\"\nc = { path = \"../c\", version = \"1\" }\nunused = \"1\"";
        let worker = "a = \"^1.0.0\"\nb = \"2\"\nc = \"3\"\n";
        let found = found(api, worker);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_second_version_under_another_name() {
        let found = found("a = \"2\"\na1 = { package = \"a\", version = \"1\" }", "a = \"2\"");
        assert!(found.is_empty(), "{found:?}");
    }
}
