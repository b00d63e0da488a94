//! How manifests form workspaces, told by what a scan counts and misses.

use std::os::unix::fs::symlink;

use crate::report::{Counts, ScanReport};
use crate::testing::Repository;

fn package(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}")
}

fn counts(repository: &Repository) -> Counts {
    repository.scan().teams.remove(0).counts
}

fn gaps(report: &ScanReport) -> Vec<&str> {
    report.findings.iter().filter(|it| it.code == "SCN01").map(|it| &*it.message).collect()
}

#[test]
fn members_are_named_by_patterns_and_by_path_dependencies() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n")
        .file("crates/a/Cargo.toml", &package("a", "[dependencies]\nb = { path = \"../../b\" }\n"))
        .file("b/Cargo.toml", &package("b", "[dependencies]\nc = { path = \"c\" }\n"))
        .file("b/c/Cargo.toml", &package("c", ""))
        .file("crates/old/Cargo.toml", &package("old", ""))
        .file("stray/Cargo.toml", &package("stray", ""));
    let counts = counts(&repository);
    assert_eq!((counts.roots, counts.members), (1, 3));
    assert_eq!((counts.standalone, counts.orphans), (1, 1), "`old` is excluded, `stray` is not");
}

#[test]
fn a_literal_member_beats_an_excluded_prefix() {
    let root = "[workspace]\nmembers = [\"vendor/mine\"]\nexclude = [\"vendor\"]\n";
    let repository = Repository::new()
        .file("Cargo.toml", root)
        .file("vendor/mine/Cargo.toml", &package("mine", ""))
        .file("vendor/theirs/Cargo.toml", &package("theirs", ""));
    let counts = counts(&repository);
    assert_eq!((counts.members, counts.standalone, counts.orphans), (1, 1, 0));
}

#[test]
fn a_package_can_point_to_a_root_that_is_not_above_it() {
    let repository = Repository::new()
        .file("root/Cargo.toml", "[workspace]\nmembers = [\"../beside\"]\n")
        .file("beside/Cargo.toml", &package("beside", "workspace = \"../root\"\n"))
        .file("lost/Cargo.toml", &package("lost", "workspace = \"../gone\"\n"));
    let counts = counts(&repository);
    assert_eq!((counts.members, counts.standalone, counts.orphans), (1, 0, 1));
}

#[test]
fn a_workspace_within_a_workspace_is_its_own() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"a\"]\nexclude = [\"inner\"]\n")
        .file("a/Cargo.toml", &package("a", ""))
        .file("inner/Cargo.toml", &package("inner", "[workspace]\n"))
        .file("inner/x/Cargo.toml", &package("x", ""));
    let counts = counts(&repository);
    assert_eq!((counts.roots, counts.members, counts.orphans), (2, 2, 1));
}

#[test]
fn a_linked_folder_inside_the_root_can_hold_a_member() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"linked\"]\nexclude = [\"real\"]\n")
        .file("real/Cargo.toml", &package("real", ""));
    symlink("real", repository.path().join("linked")).unwrap();
    let report = repository.scan();
    assert_eq!(gaps(&report), [""; 0]);
    let counts = &report.teams[0].counts;
    assert_eq!((counts.manifests, counts.members), (2, 1), "the link is no file of its own");
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"gone\", \"empty/*\", \"a\"]\n")
        .file("empty/b/README", "")
        .file("a/Cargo.toml", &package("a", "[dependencies]\nc = { path = \"c\" }\n"));
    let report = repository.scan();
    let messages = gaps(&report).join("\n");
    assert_eq!(report.summary.gaps, 3, "{messages}");
    for named in ["no folder matches the member `gone`", "`empty/b` has no", "`a/c` has no"] {
        assert!(messages.contains(named), "{messages}");
    }
}

#[test]
fn bad_input_43_everything_and_nowhere_stay_below_the_root() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"**\", \"../*\", \"/etc\"]\n")
        .file("a/Cargo.toml", &package("a", "[dependencies]\nx = { path = \"../../..\" }\n"));
    symlink(repository.path(), repository.path().join("a/again")).unwrap();
    let report = repository.scan();
    assert_eq!(report.teams[0].counts.members, 1);
    let spots: Vec<_> = report.teams[0].blind_spots.iter().map(|it| &*it.message).collect();
    for outside in ["`../*`", "`/etc`", "`../../..`"] {
        assert!(spots.iter().any(|message| message.starts_with(outside)), "{spots:?}");
    }
}

#[test]
fn bad_input_43_a_long_chain_of_path_dependencies_is_followed_without_recursion() {
    let mut repository = Repository::new().file("Cargo.toml", "[workspace]\nmembers = [\"0\"]\n");
    for number in 0..2_000 {
        let next = format!("[dependencies]\nn = {{ path = \"../{}\" }}\n", (number + 1) % 2_000);
        repository = repository.file(&format!("{number}/Cargo.toml"), &package("n", &next));
    }
    assert_eq!(counts(&repository).members, 2_000);
}

#[test]
fn old_spellings_and_all_tables_are_counted() {
    let manifest = "[project]\nname = \"a\"\nversion = \"0.1.0\"\n\
        [dev_dependencies]\nb = { git = \"https://e.org/b\" }\n\
        [target.'cfg(unix)'.build-dependencies]\nc = { git = \"https://e.org/c\", tag = \"v1\" }\n\
        [workspace.dependencies]\nd = { package = \"dd\", version = \"1\" }\n\
        [dependencies]\n\"\\u0064\".workspace = true\n";
    let counts = counts(&Repository::new().file("Cargo.toml", manifest));
    assert_eq!((counts.git_dependencies.none, counts.git_dependencies.tag), (1, 1));
    assert_eq!((counts.renamed, counts.inherited), (1, 1));
}
