//! What changes in files, and what is printed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::fix;

/// A package whose manifest ends with `rest`, and a lock that lists nothing.
fn repository(rest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!("[package]\nname = \"app\"\nversion = \"0.1.0\"\n{rest}");
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("Cargo.lock"), "version = 4\n").unwrap();
    folder
}

fn text(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

const UNUSED: &str = "\n# forks\n[patch.crates-io]\nshared = { path = \"../fork\" }\n";

#[test]
fn an_unused_patch_goes_and_a_second_run_changes_nothing() {
    let folder = repository(UNUSED);
    let manifest = folder.path().join("Cargo.toml");
    fs::set_permissions(&manifest, PermissionsExt::from_mode(0o640)).unwrap();
    let ran = fix(folder.path(), &["--rule", "OVR08"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.out,
        "fixed OVR08 patch-unused Cargo.toml:7: remove the patch of `shared`\n\
         1 fixed, 0 need --unsafe, 0 have no fix\n"
    );
    assert_eq!(
        text(folder.path(), "Cargo.toml"),
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\n"
    );
    assert_eq!(fs::metadata(&manifest).unwrap().permissions().mode() & 0o777, 0o640);

    let again = fix(folder.path(), &["--rule", "OVR08"]);
    assert_eq!(again.out, "0 fixed, 0 need --unsafe, 0 have no fix\n");
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let folder = repository(UNUSED);
    let before = text(folder.path(), "Cargo.toml");
    let ran = fix(folder.path(), &["--dry-run", "--rule", "patch-unused"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.starts_with("--- Cargo.toml\n+++ Cargo.toml\n@@ -1,7 +1,3 @@\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\n-shared = { path = \"../fork\" }\n"), "{}", ran.out);
    assert!(ran.out.ends_with("1 would be fixed, 0 need --unsafe, 0 have no fix\n"), "{}", ran.out);
    assert_eq!(text(folder.path(), "Cargo.toml"), before);
}

#[test]
fn what_is_not_safe_is_done_only_when_asked_for() {
    let folder = repository("\n[replace]\n\"a:1.0.0\" = { path = \"../a\" } # why\n");
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nreplace = \"a\"\n";
    fs::write(folder.path().join("Cargo.lock"), lock).unwrap();
    let before = text(folder.path(), "Cargo.toml");
    let ran = fix(folder.path(), &["--rule", "OVR11"]);
    assert_eq!(
        ran.out,
        "needs --unsafe OVR11 replace-deprecated Cargo.toml:6: write `[replace]` as \
         `[patch.crates-io]`\n0 fixed, 1 needs --unsafe, 0 have no fix\n"
    );
    assert_eq!(text(folder.path(), "Cargo.toml"), before);

    assert_eq!(fix(folder.path(), &["--rule", "OVR11", "--unsafe"]).code, Some(0));
    let after = text(folder.path(), "Cargo.toml");
    assert!(after.ends_with("\n[patch.crates-io]\na = { path = \"../a\" } # why\n"), "{after}");
}

#[test]
fn an_undeclared_override_gets_a_stub_that_is_still_to_be_filled_in() {
    let folder = repository(
        "\n[patch.crates-io]\nshared = { git = \"https://git.example/fork\", rev = \"01\" }\n",
    );
    fs::remove_file(folder.path().join("Cargo.lock")).unwrap();
    let shown = fix(folder.path(), &["--rule", "OVR03", "--dry-run"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    for line in ["+[[override]]", "+package = \"shared\"", "+source = \"https://git.example/fork\""]
    {
        assert!(shown.out.lines().any(|it| it == line), "{}", shown.out);
    }
    assert!(!folder.path().join("depaudit.toml").exists());

    let ran = fix(folder.path(), &["--rule", "OVR03"]);
    assert!(ran.out.ends_with("1 fixed, 0 need --unsafe, 0 have no fix\n"), "{}", ran.out);
    assert!(text(folder.path(), "depaudit.toml").contains("\n# owner = "));
    // A stub declares nothing yet, and a person has to go on.
    let again = fix(folder.path(), &["--rule", "OVR03"]);
    assert_eq!(again.out, "0 fixed, 0 need --unsafe, 1 has no fix\n");
}

#[test]
fn a_run_is_one_line_of_json() {
    let folder = repository(UNUSED);
    let named = format!("payments={}", folder.path().display());
    let elsewhere = tempfile::tempdir().unwrap();
    let ran = fix(elsewhere.path(), &["--rule", "OVR08", "--json", "--team", &named]);
    let said: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let path = folder.path().join("Cargo.toml").display().to_string();
    assert_eq!(
        said,
        serde_json::json!({
            "schema": "depaudit.fix/1", "dry_run": false, "files": [path],
            "fixed": [{
                "rule": "patch-unused", "code": "OVR08", "team": "payments", "package": "shared",
                "path": path, "line": 7, "fix": "remove the patch of `shared`", "safe": true,
            }],
            "refused": [], "need_unsafe": [], "without_fix": 0,
        })
    );
}

#[test]
fn bad_input_42_a_file_that_is_reached_through_a_link_is_read_and_not_written() {
    let folder = repository("");
    fs::create_dir_all(folder.path().join("shared")).unwrap();
    fs::create_dir_all(folder.path().join(".cargo")).unwrap();
    let patches = "[patch.crates-io]\nshared = { path = \"../fork\" }\n";
    fs::write(folder.path().join("shared/patches.toml"), patches).unwrap();
    symlink("../shared/patches.toml", folder.path().join(".cargo/patches.toml")).unwrap();
    fs::write(folder.path().join(".cargo/config.toml"), "include = [\"patches.toml\"]\n").unwrap();
    let ran = fix(folder.path(), &["--rule", "OVR08"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains(".cargo/patches.toml is reached through a link"), "{}", ran.out);
    assert!(ran.out.ends_with("0 fixed, 1 could not be made, 0 need --unsafe, 0 have no fix\n"));
    assert_eq!(text(folder.path(), "shared/patches.toml"), patches);
    assert!(folder.path().join(".cargo/patches.toml").is_symlink());
}

#[test]
fn nothing_to_scan_is_said_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fix(folder.path(), &[]).code, Some(4));
}
