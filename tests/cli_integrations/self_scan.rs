//! depaudit on its own integrations: whoever copies them gets no finding for it.

use std::fs;

use tempfile::TempDir;

use crate::cli_support::{Ran, run};
use crate::sample::{CLEAN, text, tree};

const FILES: [&str; 7] = [
    "action.yml",
    ".pre-commit-hooks.yaml",
    "integrations/github/find.sh",
    "integrations/github/build.sh",
    "integrations/github/scan.sh",
    "integrations/gitlab/depaudit.gitlab-ci.yml",
    "integrations/pre-commit/scan.sh",
];

/// A repository with the integrations in it.
fn repository() -> TempDir {
    let files = FILES.map(|path| (path, text(path)));
    let mut all: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    all.extend([
        CLEAN,
        ("Cargo.lock", "version = 4\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n"),
    ]);
    tree(&all)
}

fn scan(repository: &TempDir) -> Ran {
    run(repository.path(), &["scan", "--quiet"])
}

#[test]
fn the_integrations_give_no_finding() {
    let ran = scan(&repository());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("0 findings at deny, 0 at warn"), "{}", ran.out);
}

#[test]
fn they_are_read_and_a_build_without_the_lock_would_be_found() {
    let repository = repository();
    let path = repository.path().join("integrations/gitlab/depaudit.gitlab-ci.yml");
    let text = fs::read_to_string(&path).expect("the template");
    fs::write(&path, text.replace("cargo install --locked", "cargo install")).expect("a file");
    let ran = scan(&repository);
    assert!(ran.out.contains("[LCK07]"), "{}", ran.out);
}
