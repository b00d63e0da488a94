use std::collections::BTreeSet;

use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, MOST_PLACES, Rule, Sink};
use crate::audit::TeamView;
use crate::files::RepoPath;
use crate::report::{Location, Override, OverrideKind, Reach, Span, Target};

pub(super) const RULE: Rule = Rule {
    code: "LCK03",
    name: "lock-missing",
    group: Group::Lock,
    severity: Severity::Medium,
    level: Level::Warn,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires on a workspace, or a package that stands alone, without a Cargo.lock. It is silent about
what another lock of the repository decides over (a package that some other workspace builds by its
path, a vendored one), and about what a workspace above leaves out with `exclude`: fixtures,
templates and the like. What lies below a folder of tests, fixtures or examples is one finding for
the whole repository, however much there is of it.

## Why it is bad
Nobody can say which versions were built: each build takes what is newest on its day. Two people
with one commit have different bytes, a fresh release of any dependency is in the next build an hour
later, and nothing that a scan or an incident team could read is left. Checks of checksums, of drift
and of yanked releases see nothing there.

## Example
```text
services/api/Cargo.toml
services/api/src/main.rs
# no services/api/Cargo.lock, or it stands in .gitignore
```

## How to fix it
Run `cargo generate-lockfile`, take the file out of .gitignore, and commit it; for libraries, too:
it decides what their own tests build, and their users do not see it. It is not safe to do
automatically: somebody has to choose the day.

## When it is a false positive
When a repository tests on purpose with the newest versions and delivers nothing. Fixtures can be
listed in the `exclude` of the workspace above, or left out of the scan with `--exclude`.
";

/// Folders below which a package is seldom delivered to anybody.
const OF_TESTS: [&str; 7] =
    ["example", "examples", "fixtures", "test", "test_data", "testdata", "tests"];

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut of_tests = Vec::new();
    let decided_elsewhere = decided_elsewhere(view);
    let vendored = vendored(view);
    for root in view.workspaces.effective_roots() {
        let folder = root.folder();
        let lock = folder.child("Cargo.lock");
        // A lock that could not be read is there; what is wrong with it is a gap of the scan.
        if view.locks.contains_key(&lock)
            || view.manifests.tree.lies_on_disk(&lock)
            || decided_elsewhere.contains(root)
            || vendored.iter().any(|tree| folder.is_within(tree))
            || is_left_out(view, &folder)
        {
            continue;
        }
        if folder.parts().any(|part| OF_TESTS.contains(&part)) {
            of_tests.push(root);
        } else {
            sink.report(draft(root));
        }
    }
    match of_tests.as_slice() {
        [] => {}
        [only] => sink.report(draft(only)),
        [first, ..] => sink.report(draft_of_tests(first, &of_tests)),
    }
}

fn draft(root: &RepoPath) -> Draft {
    let folder = root.folder();
    let message = format!("`{folder}` has no Cargo.lock: each build takes what is newest");
    let help = "run `cargo generate-lockfile`, and commit the file";
    let location = Location::new(root, Span::START);
    let mut draft = Draft::at(location, "no lock".to_owned(), message, help);
    draft.workspace = Some(folder);
    draft
}

/// Fixtures come in hundreds, and whoever decides about one of them decides about all.
fn draft_of_tests(first: &RepoPath, roots: &[&RepoPath]) -> Draft {
    let message = format!(
        "{} packages and workspaces in folders of tests and examples, `{}` the first, have no \
         Cargo.lock: each build takes what is newest",
        roots.len(),
        first.folder()
    );
    let help = "leave them out with `exclude` of the workspace above or with `--exclude`, or commit \
                a lock for each that is built";
    let identity = "no locks of tests".to_owned();
    let mut draft = Draft::at(Location::new(first, Span::START), identity, message, help);
    let places = roots.iter().take(MOST_PLACES).map(|root| Location::new(root, Span::START).into());
    draft.locations = places.collect();
    draft
}

/// The manifests that another workspace takes packages from by their path: its lock counts for
/// what is delivered.
fn decided_elsewhere(view: &TeamView<'_>) -> BTreeSet<RepoPath> {
    let found = [Some(Reach::Member), Some(Reach::Repository)];
    let by_path = view.overrides.iter().filter(|it| found.contains(&it.reach));
    by_path.filter_map(target_manifest).collect()
}

fn target_manifest(record: &Override) -> Option<RepoPath> {
    let Target::Path(folder) = &record.target else { return None };
    let from_manifest = [OverrideKind::PathDependency, OverrideKind::Patch, OverrideKind::Replace];
    let folder = record.location.path.folder().join(folder).ok()?;
    from_manifest.contains(&record.kind).then(|| folder.child("Cargo.toml"))
}

/// Folders of vendored packages: the lock of whoever vendored them decides.
fn vendored(view: &TeamView<'_>) -> Vec<RepoPath> {
    let trees = view.overrides.iter().filter(|it| it.kind == OverrideKind::Vendored);
    let trees = trees.filter_map(|it| match &it.target {
        Target::Directory(tree) => RepoPath::root().join(tree).ok(),
        _ => None,
    });
    trees.collect()
}

/// Whether a workspace above names the folder, or one around it, in its `exclude`.
fn is_left_out(view: &TeamView<'_>, folder: &RepoPath) -> bool {
    let mut above = folder.parent();
    while let Some(here) = above {
        let manifest = view.manifests.get(&here.child("Cargo.toml"));
        let excluded = manifest.and_then(|it| it.workspace.as_ref()).is_some_and(|workspace| {
            let mut prefixes = workspace.exclude.iter().filter_map(|it| here.join(it).ok());
            prefixes.any(|prefix| folder.is_within(&prefix))
        });
        if excluded {
            return true;
        }
        above = here.parent();
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::testing::{Repository, lock};

    const TOOL: &str = "[package]\nname = \"tool\"\nversion = \"1.0.0\"\n";

    #[test]
    fn fires_on_a_workspace_and_on_a_package_that_stands_alone() {
        let found = Repository::new()
            .file("api/Cargo.toml", "[workspace]\n")
            .file("tool/Cargo.toml", TOOL)
            .findings("LCK03");
        let places: Vec<_> =
            found.iter().map(|it| it.locations[0].location.path.as_str()).collect();
        assert_eq!(places, ["api/Cargo.toml", "tool/Cargo.toml"]);
    }

    #[test]
    fn fires_once_about_all_fixtures_and_about_a_single_one_by_its_name() {
        let one = Repository::new()
            .manifest("[workspace]\n")
            .file("Cargo.lock", &lock(""))
            .file("tests/a/Cargo.toml", &format!("{TOOL}[workspace]\n"));
        let found = one.scan().findings.into_iter().filter(|it| it.code == "LCK03");
        let messages: Vec<_> = found.map(|it| it.message).collect();
        assert_eq!(messages, ["`tests/a` has no Cargo.lock: each build takes what is newest"]);

        let mut many = one;
        for place in 0..20 {
            let path = format!("api/fixtures/{place}/Cargo.toml");
            many = many.file(&path, &format!("{TOOL}[workspace]\n"));
        }
        let found = many.findings("LCK03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.starts_with("21 packages and workspaces"), "{found:?}");
        assert_eq!(found[0].locations.len(), crate::rules::MOST_PLACES);
        assert_eq!(found[0].locations[0].location.path.as_str(), "api/fixtures/0/Cargo.toml");
    }

    #[test]
    fn is_silent_about_a_lock_that_is_there_even_when_it_is_broken() {
        for text in [lock(""), "broken [".to_owned()] {
            let found = Repository::new().manifest("").file("Cargo.lock", &text).findings("LCK03");
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn is_silent_about_members_and_what_the_workspace_leaves_out() {
        let found = Repository::new()
            .manifest("[workspace]\nmembers = [\"tool\"]\nexclude = [\"fixtures\"]\n")
            .file("Cargo.lock", &lock(""))
            .file("tool/Cargo.toml", TOOL)
            .file("fixtures/deep/Cargo.toml", TOOL)
            .findings("LCK03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_the_parts_of_a_package_that_stands_alone() {
        let found = Repository::new()
            .manifest("[dependencies]\ntool = { path = \"tool\" }\n")
            .file("Cargo.lock", &lock(""))
            .file("tool/Cargo.toml", TOOL)
            .findings("LCK03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_package_that_another_workspace_builds() {
        let found = Repository::new()
            .file(
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"1.0.0\"\n\
                 [dependencies]\ntool = { path = \"../tool\" }\n",
            )
            .file("app/Cargo.lock", &lock(""))
            .file("tool/Cargo.toml", TOOL)
            .findings("LCK03");
        assert!(found.is_empty(), "{found:?}");
    }
}
