//! A release against a commit: of a checkout, of a bare repository, and of what Cargo has fetched.

use std::fs;
use std::path::Path;
use std::process::Command;

use depaudit_testkit::CrateFile;
use tempfile::TempDir;

use crate::home::{Home, files};

/// Makes a repository of a folder, and commits everything in it; returns the commit.
pub(crate) fn commit(folder: &Path) -> String {
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "x"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "user.name=x", "-c", "user.email=x@example.com"]);
    // What the machine's users prefer, for signing say, is not this test's.
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = git.args(arguments).output().expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const MANIFEST: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";

fn home() -> Home {
    let packed = CrateFile::new("foo", "1.0.0").library("pub fn f() {}\n").pack();
    Home::with("foo", "1.0.0", &packed.bytes)
}

/// A repository with `foo` in a folder, beside another package, a link and a hook.
fn repository() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    write(folder.path(), "crates/foo/Cargo.toml", MANIFEST);
    write(folder.path(), "crates/foo/src/lib.rs", "pub fn f() { g() }\n");
    write(
        folder.path(),
        "crates/foo/examples/nested/Cargo.toml",
        MANIFEST.replace("foo", "x").as_str(),
    );
    write(folder.path(), "crates/bar/Cargo.toml", &MANIFEST.replace("foo", "bar"));
    write(folder.path(), "LICENSE", "MIT\n");
    std::os::unix::fs::symlink("../../LICENSE", folder.path().join("crates/foo/LICENSE")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("crates/foo/out")).unwrap();
    let commit = commit(folder.path());
    (folder, commit)
}

#[test]
fn the_package_is_found_in_a_commit_and_a_link_to_a_file_of_it_is_that_file() {
    let (folder, commit) = repository();
    // What is not committed does not count.
    write(folder.path(), "crates/foo/src/later.rs", "");
    let home = home();
    for revision in ["HEAD", &commit] {
        let (answer, code) =
            home.json(folder.path(), &["foo@1.0.0", "--against", &format!(".#{revision}")]);
        assert_eq!(code, Some(1));
        let found = files(&answer);
        for told in ["added LICENSE", "added out", "changed src/lib.rs"] {
            assert!(found.contains(&told.to_owned()), "{found:?}");
        }
        assert!(
            found.iter().all(|it| !it.contains("nested") && !it.contains("later")),
            "{found:?}"
        );
        let kinds = answer["difference"]["files"].as_array().unwrap();
        let kind = |path: &str| kinds.iter().find(|it| it["path"] == path).unwrap()["kind"].clone();
        assert_eq!((kind("LICENSE"), kind("out")), ("text".into(), "link".into()));
    }
}

#[test]
fn what_cargo_has_fetched_is_found_by_its_commit() {
    let (folder, commit) = repository();
    let home = home();
    let clone = home.path().join("git/db/fork-0123456789abcdef");
    fs::create_dir_all(clone.parent().unwrap()).unwrap();
    let clone = clone.to_str().unwrap();
    git(folder.path(), &["clone", "--quiet", "--bare", ".", clone]);
    let locked = format!("git+https://git.example/team/fork.git?branch=main#{commit}");
    let (answer, code) = home.json(folder.path(), &["foo@1.0.0", "--against", &locked]);
    assert_eq!(code, Some(1));
    assert!(files(&answer).contains(&"changed src/lib.rs".to_owned()));

    let other = locked.replace(&commit, &"0".repeat(40));
    let ran = home.diff(folder.path(), &["foo@1.0.0", "--against", &other]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("Cargo has not fetched 0000"), "{ran:?}");
}

#[test]
fn bad_input_44_a_repository_s_configuration_runs_nothing() {
    let (folder, _) = repository();
    let canary = folder.path().join("ran");
    let script = folder.path().join("script.sh");
    fs::write(&script, format!("#!/bin/sh\ntouch {}\n", canary.display())).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).unwrap();
    let script = script.to_str().unwrap();
    git(folder.path(), &["config", "core.fsmonitor", script]);
    git(folder.path(), &["config", "diff.external", script]);
    git(folder.path(), &["config", "filter.x.smudge", script]);
    write(folder.path(), ".git/info/attributes", "* filter=x\n");
    let (_, code) = home().json(folder.path(), &["foo@1.0.0", "--against", ".#HEAD"]);
    assert_eq!(code, Some(1));
    assert!(!canary.exists());
}

#[test]
fn a_commit_that_is_not_there_and_a_package_that_is_not_in_it() {
    let (folder, _) = repository();
    let packed = CrateFile::new("other", "1.0.0").pack();
    let home = home();
    home.add("other", &[("1.0.0", &packed.bytes)]);
    let told = |arguments: &[&str]| {
        let ran = home.diff(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        ran.err
    };
    assert!(told(&["foo@1.0.0", "--against", ".#nowhere"]).contains("git in ."));
    let err = told(&["other@1.0.0", "--against", ".#HEAD"]);
    assert!(err.contains("no package in it is called `other`"), "{err}");
}
