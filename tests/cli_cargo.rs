//! `cargo depaudit`: the same program under Cargo's naming, as the real cargo runs it.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod cli_support;

use std::env::{join_paths, split_paths, var_os};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use cli_support::Ran;
use tempfile::TempDir;

const DEPAUDIT: &str = env!("CARGO_BIN_EXE_depaudit");
const CARGO_DEPAUDIT: &str = env!("CARGO_BIN_EXE_cargo-depaudit");

/// A repository in which a dependency follows a branch, and a folder `bin` beside it.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("bin")).expect("a folder");
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\n\
                    shared = { git = \"https://git.example/shared\", branch = \"main\" }\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
    folder
}

/// The cargo that runs these tests, with the repository's `bin` first on its path.
fn cargo(repository: &Path, arguments: &[&str]) -> Ran {
    let path = var_os("PATH").unwrap_or_default();
    let path = join_paths([repository.join("bin")].into_iter().chain(split_paths(&path)));
    let cargo = var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(repository)
        .env("PATH", path.expect("a path"))
        .stdin(Stdio::null())
        .output();
    output.expect("cargo runs").into()
}

#[test]
fn cargo_finds_a_link_to_depaudit_and_the_scan_is_the_same() {
    let repository = repository();
    symlink(DEPAUDIT, repository.path().join("bin/cargo-depaudit")).expect("a link");
    let ran = cargo(repository.path(), &["depaudit", "scan", "--quiet"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("error[OVR02]"), "{}", ran.out);
    let help = cargo(repository.path(), &["depaudit", "help", "explain"]);
    assert!(help.out.contains("Usage: cargo depaudit explain"), "{}", help.out);
    let version = cargo(repository.path(), &["depaudit", "--version"]);
    assert_eq!(version.out, format!("depaudit {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_cargo_installs_under_that_name_becomes_the_depaudit_beside_it() {
    let repository = repository();
    let bin = repository.path().join("bin");
    fs::copy(CARGO_DEPAUDIT, bin.join("cargo-depaudit")).expect("a copy");
    let alone = cargo(repository.path(), &["depaudit", "scan"]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
    assert!(alone.err.contains("bin/depaudit: No such file"), "{}", alone.err);
    assert!(alone.err.contains("install both"), "{}", alone.err);

    symlink(DEPAUDIT, bin.join("depaudit")).expect("a link");
    let ran = cargo(repository.path(), &["depaudit", "scan", "--quiet"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("error[OVR02]"), "{}", ran.out);
    let wrong = cargo(repository.path(), &["depaudit", "scna"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("Usage: cargo depaudit"), "{}", wrong.err);
}
