//! Repositories that are scanned, mended in memory, written and scanned again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Fix, Order, Outcome, Plan, Why, plan};
use crate::files::RepoPath;
use crate::report::{Finding, Span};
use crate::testing::Repository;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn lock_with_shared() -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \
         \"shared\",\n]\n\n[[package]]\nname = \"shared\"\nversion = \"1.0.0\"\nsource = \
         \"git+https://git.example/shared?branch=main#{COMMIT}\"\n"
    )
}

fn read(root: &Path, path: &RepoPath) -> Result<Option<String>, String> {
    match fs::read_to_string(root.join(path.as_str())) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn fixes(repository: &Repository) -> Vec<Finding> {
    let findings = repository.scan().findings;
    findings.into_iter().filter(|finding| finding.fix.is_some()).collect()
}

fn planned(repository: &Repository, findings: &[Finding]) -> Plan {
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    let orders: Vec<_> = fixes.map(|fix| Order { root: repository.path(), fix }).collect();
    plan(&orders, read).unwrap()
}

/// Makes every fix, insists that a second run has nothing to do, and returns what is left.
fn mended(repository: &Repository) -> Plan {
    let plan = planned(repository, &fixes(repository));
    for file in &plan.files {
        fs::write(file.root.join(file.path.as_str()), &file.after).unwrap();
    }
    let again = planned(repository, &fixes(repository));
    assert_eq!(again.files, [], "a second run changes nothing");
    plan
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let file = plan.files.iter().find(|file| file.path.as_str() == path);
    &file.unwrap_or_else(|| panic!("{path} is not changed: {plan:?}")).after
}

#[test]
fn a_branch_is_pinned_in_the_manifest_and_in_the_lock() {
    let repository = Repository::new()
        .manifest("[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n")
        .file("Cargo.lock", &lock_with_shared());
    let found = fixes(&repository);
    assert!(found.iter().all(|finding| finding.fix.as_ref().unwrap().safe), "{found:?}");
    let plan = mended(&repository);
    assert_eq!(plan.outcomes, [Outcome::Done(None)]);
    assert!(after(&plan, "Cargo.toml").ends_with(&format!("shared\", rev = \"{COMMIT}\" }}\n")));
    let lock = lock_with_shared().replace("branch=main", &format!("rev={COMMIT}"));
    assert_eq!(after(&plan, "Cargo.lock"), lock);
}

#[test]
fn members_that_follow_one_branch_are_pinned_together() {
    let member = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[dependencies.shared]\n\
             git = \"https://git.example/shared\"\nbranch = \"main\"\n"
        )
    };
    let lock = format!(
        "{}\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\ndependencies = [\n \"shared\",\n]\n",
        lock_with_shared().replace("\"app\"", "\"a\"")
    );
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n")
        .file("a/Cargo.toml", &member("a"))
        .file("b/Cargo.toml", &member("b"))
        .file("Cargo.lock", &lock);
    let plan = mended(&repository);
    assert_eq!(plan.outcomes, [Outcome::Done(None), Outcome::Done(None)]);
    let changed: BTreeSet<_> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(changed, BTreeSet::from(["Cargo.lock", "a/Cargo.toml", "b/Cargo.toml"]));
}

#[test]
fn a_lock_that_reaches_out_of_the_scan_is_left_to_cargo() {
    let outside = "\n[[package]]\nname = \"outside\"\nversion = \"0.1.0\"\n";
    let repository = Repository::new()
        .manifest(
            "[dependencies]\noutside = { path = \"../outside\" }\n\
             shared = { git = \"https://git.example/shared\", branch = \"main\" }\n",
        )
        .file("Cargo.lock", &(lock_with_shared() + outside));
    let plan = mended(&repository);
    let changed: Vec<_> = plan.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(changed, ["Cargo.toml"]);
}

#[test]
fn a_lock_that_another_repository_takes_part_in_is_told_of() {
    let other = format!(
        "\n[[package]]\nname = \"other\"\nversion = \"1.0.0\"\nsource = \
         \"git+https://git.example/other?rev=1#{COMMIT}\"\ndependencies = [\n \"shared\",\n]\n"
    );
    let repository = Repository::new()
        .manifest("[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n")
        .file("Cargo.lock", &(lock_with_shared() + &other));
    let plan = mended(&repository);
    let [Outcome::Done(Some(note))] = plan.outcomes.as_slice() else { panic!("{plan:?}") };
    assert!(note.contains("--locked"), "{note}");
    assert!(plan.files.iter().all(|file| file.path.as_str() == "Cargo.toml"), "{plan:?}");
}

#[test]
fn two_locks_at_different_commits_make_it_a_matter_of_choice() {
    let entry =
        "[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n";
    let other = format!("[package]\nname = \"tool\"\nversion = \"0.1.0\"\n[workspace]\n{entry}");
    let moved = lock_with_shared().replace("#0123", "#ffff").replace("\"app\"", "\"tool\"");
    let repository = Repository::new()
        .manifest(entry)
        .file("Cargo.lock", &lock_with_shared())
        .file("tool/Cargo.toml", &other)
        .file("tool/Cargo.lock", &moved);
    let found = fixes(&repository);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|finding| !finding.fix.as_ref().unwrap().safe), "{found:?}");
    mended(&repository);
}

#[test]
fn what_no_lock_holds_in_full_is_not_pinned() {
    let repository = Repository::new()
        .manifest("[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n")
        .file("Cargo.lock", &lock_with_shared().replace(COMMIT, "0123abcd"));
    assert!(fixes(&repository).is_empty());
}

#[test]
fn unused_patches_go_from_manifests_and_from_configuration() {
    let unused = "[[patch.unused]]\nname = \"shared\"\nversion = \"1.2.0\"\n";
    let repository = Repository::new()
        .file(
            "Cargo.toml",
            "\u{feff}[package]\r\nname = \"app\"\r\nversion = \"0.1.0\"\r\n\r\n# forks\r\n\
             [patch.crates-io]\r\nshared = { path = \"../fork\" }\r\n",
        )
        .file(
            ".cargo/config.toml",
            "[patch.crates-io]\nother = { path = \"../fork\" }\n\n[net]\nretry = 3\n",
        )
        .file("Cargo.lock", &format!("version = 4\n{unused}"));
    let plan = mended(&repository);
    assert_eq!(
        after(&plan, "Cargo.toml"),
        "\u{feff}[package]\r\nname = \"app\"\r\nversion = \"0.1.0\"\r\n"
    );
    assert_eq!(after(&plan, ".cargo/config.toml"), "[net]\nretry = 3\n");
    assert!(repository.scan().teams[0].overrides.is_empty());
}

#[test]
fn several_edits_of_one_file_go_together() {
    let repository = Repository::new()
        .manifest(
            "[dependencies]\nshared = { git = \"https://git.example/shared\", branch = \"main\" }\n\
             \n[replace]\n\"a:1.0.0\" = { path = \"a\" } # why\n\"gone:1.0.0\" = { path = \"g\" }\n\
             \"b:2.0.0\" = { path = \"b\" }\n",
        )
        .file("Cargo.lock", &(lock_with_shared() + &["a", "b"].map(replaced).concat()));
    let found = fixes(&repository);
    let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["OVR02", "OVR03", "OVR03", "OVR08", "OVR11", "OVR11", "OVR11"]);
    let plan = mended(&repository);
    assert!(plan.outcomes.iter().all(|it| matches!(it, Outcome::Done(None))), "{plan:?}");
    let manifest = after(&plan, "Cargo.toml");
    assert!(
        manifest
            .ends_with("\n[patch.crates-io]\na = { path = \"a\" } # why\nb = { path = \"b\" }\n"),
        "{manifest}"
    );
    assert!(manifest.contains(COMMIT));
}

fn replaced(name: &str) -> String {
    let version = if name == "a" { "1.0.0" } else { "2.0.0" };
    crate::testing::crates_io_package(name, version) + &format!("replace = \"{name} {version}\"\n")
}

#[test]
fn a_file_that_was_changed_since_is_left_alone() {
    let repository = Repository::new()
        .manifest("[patch.crates-io]\nshared = { path = \"fork\" }\n")
        .file("Cargo.lock", "version = 4\n");
    let found = fixes(&repository);
    let moved = "\n[package]\nname = \"app\"\nversion = \"0.1.0\"\n[patch.crates-io]\nshared = 1\n";
    let repository = repository.file("Cargo.toml", moved);
    let plan = planned(&repository, &found);
    assert_eq!(plan.files, []);
    let [Outcome::Refused(refusal)] = plan.outcomes.as_slice() else { panic!("{plan:?}") };
    assert_eq!((refusal.line, &refusal.why), (5, &Why::Changed));
    assert_eq!(
        refusal.to_string(),
        "Cargo.toml:5: what stands there is not what was scanned: run it again"
    );
}

#[test]
fn a_declaration_and_a_requirement_can_be_asked_for() {
    let repository = Repository::new().manifest(
        "[dependencies]\na = \"1.0\"\n\n[target.'cfg(unix)'.dev-dependencies.a]\nversion = \"1\"\n",
    );
    let location = |line, column, end_line, end_column| crate::report::Location {
        path: RepoPath::root().child("Cargo.toml"),
        span: Span { line, column, end_line, end_column },
    };
    let align = Fix::align("a", "1.2", [location(5, 1, 5, 10), location(7, 1, 8, 14)]);
    let declare = Fix::declare("shared", "https://git.example/shared");
    assert!(declare.safe && align.safe);
    let orders = [&align, &declare].map(|fix| Order { root: repository.path(), fix });
    let plan = plan(&orders, read).unwrap();
    assert_eq!(plan.outcomes, [Outcome::Done(None), Outcome::Done(None)]);
    assert!(
        after(&plan, "Cargo.toml").ends_with(
            "a = \"1.2\"\n\n[target.'cfg(unix)'.dev-dependencies.a]\nversion = \"1.2\"\n"
        ),
        "{plan:?}"
    );
    assert!(after(&plan, "depaudit.toml").starts_with("[[override]]\npackage = \"shared\"\n"));
}
