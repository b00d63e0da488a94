//! `depaudit fix` on real folders, and what the real cargo says afterwards.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cli_support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use cli_support::{Ran, run};
use depaudit_testkit::{CargoProject, CrateFile, FakeUpstream};

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

fn fix(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, &[&["fix"], arguments].concat())
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

/// A git repository with the packages `shared` and `helper`, and a second commit on its branch.
struct Remote {
    folder: tempfile::TempDir,
}

impl Remote {
    fn new() -> Self {
        let remote = Self { folder: tempfile::tempdir().unwrap() };
        let package = |name: &str, rest: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{rest}")
        };
        remote.write(
            "Cargo.toml",
            &package("shared", "[dependencies]\nhelper = { path = \"helper\" }\n"),
        );
        remote.write("src/lib.rs", "pub const COMMIT: u8 = 1;\n");
        remote.write("helper/Cargo.toml", &package("helper", ""));
        remote.write("helper/src/lib.rs", "");
        remote.git(&["init", "--quiet", "--initial-branch=main"]);
        remote.commit();
        remote
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", "more"]);
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let ran = Command::new("git")
            .args(who)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }
}

/// Name, version and commit or checksum of every package in a lock.
fn bytes_of(lock: &str) -> Vec<(String, String, Option<String>)> {
    let lock: toml_edit::DocumentMut = lock.parse().unwrap();
    let packages = lock["package"].as_array_of_tables().unwrap();
    let text = |package: &toml_edit::Table, key: &str| {
        package.get(key).and_then(|item| item.as_str()).map(str::to_owned)
    };
    packages
        .iter()
        .map(|package| {
            let commit = text(package, "source")
                .and_then(|source| Some(source.split_once('#')?.1.to_owned()));
            (
                text(package, "name").unwrap(),
                text(package, "version").unwrap(),
                commit.or(text(package, "checksum")),
            )
        })
        .collect()
}

/// Two members that follow the branch `main`, one in a table, one inherited with dotted keys.
fn followers(remote: &Remote, second: &str) -> CargoProject {
    let entry = format!("git = \"{}\"\nbranch = \"main\" # as agreed\n", remote.url());
    let member = format!(
        "[package]\nname = \"member\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies.shared]\n{entry}"
    );
    CargoProject::named("app")
        .manifest(|manifest| {
            let members: toml_edit::Array = ["member"].into_iter().collect();
            manifest["workspace"]["members"] = toml_edit::value(members);
            let added: toml_edit::DocumentMut = second.parse().unwrap();
            for (key, item) in added.iter() {
                manifest[key] = item.clone();
            }
        })
        .file("member/Cargo.toml", member)
        .file("member/src/lib.rs", "")
        .create()
}

#[test]
fn cargo_builds_the_same_commit_with_the_pinned_manifest_and_the_lock_it_is_given() {
    let remote = Remote::new();
    let second =
        format!("[dependencies]\nshared = {{ git = \"{}\", branch = \"main\" }}\n", remote.url());
    let mut project = followers(&remote, &second);
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    let before = bytes_of(&project.lock());
    remote.write("src/lib.rs", "compile_error!(\"a later commit\");\n");
    remote.commit();

    let ran = fix(project.path(), &["--rule", "OVR02"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.ends_with("2 fixed, 0 need --unsafe, 0 have no fix\n"), "{}", ran.out);
    assert!(project.read("member/Cargo.toml").contains(" # as agreed\n"));
    assert_eq!(bytes_of(&project.lock()), before);
    project.commit_lock();

    project.cargo(["check", "--workspace", "--locked"]).blocking_run().expect_success();
    // And where it may write the lock, it has nothing to write.
    project.cargo(["check", "--workspace"]).blocking_run().expect_success();
    assert!(project.lock_unchanged(), "{}", project.lock());
    assert_eq!(
        fix(project.path(), &["--rule", "OVR02"]).out,
        "0 fixed, 0 need --unsafe, 0 have no fix\n"
    );
}

#[test]
fn where_another_repository_follows_the_branch_cargo_completes_the_lock_with_the_same_commits() {
    let remote = Remote::new();
    let other = Remote::new();
    let follows = format!(
        "[package]\nname = \"other\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
         [dependencies]\nshared = {{ git = \"{}\", branch = \"main\" }}\n",
        remote.url()
    );
    other.write("Cargo.toml", &follows);
    other.write("src/lib.rs", "");
    other.commit();
    let second = format!(
        "[dependencies]\nother = {{ git = \"{}\", rev = \"{}\" }}\n",
        other.url(),
        other.head()
    );
    let project = followers(&remote, &second);
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    let before = bytes_of(&project.lock());
    remote.write("src/lib.rs", "compile_error!(\"a later commit\");\n");
    remote.commit();

    let ran = fix(project.path(), &["--rule", "OVR02"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("build once without --locked"), "{}", ran.out);
    project.cargo(["check", "--workspace"]).blocking_run().expect_success();
    let mut after = bytes_of(&project.lock());
    // The same commit under two names.
    after.dedup();
    assert_eq!(after, before);
}

#[test]
fn cargo_builds_the_same_without_the_unused_patch() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let mut project = CargoProject::named("app")
        .dependency("foo", "1")
        .manifest(|manifest| {
            let exclude: toml_edit::Array = ["fork"].into_iter().collect();
            manifest["workspace"]["exclude"] = toml_edit::value(exclude);
            manifest["patch"]["crates-io"]["foo"]["path"] = toml_edit::value("fork");
        })
        .file("fork/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"2.0.0\"\n")
        .file("fork/src/lib.rs", "")
        .source_replacement(&upstream.sparse_index())
        .create();
    project.cargo(["check"]).blocking_run().expect_success();
    let before = bytes_of(&project.lock());
    project.commit_lock();

    let ran = fix(project.path(), &["--rule", "OVR08", "--exclude", "fork"]);
    assert!(ran.out.ends_with("1 fixed, 0 need --unsafe, 0 have no fix\n"), "{ran:?}");
    assert!(!project.read("Cargo.toml").contains("patch"), "{}", project.read("Cargo.toml"));
    project.cargo(["check", "--locked"]).blocking_run().expect_success();
    project.cargo(["check"]).blocking_run().expect_success();
    assert_eq!(bytes_of(&project.lock()), before);
    assert!(!project.lock().contains("[[patch.unused]]"), "cargo drops it when it may write");
}

#[test]
fn cargo_builds_the_fork_by_a_patch_as_it_did_by_a_replacement() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let project = CargoProject::named("app")
        .dependency("foo", "1")
        .manifest(|manifest| {
            let exclude: toml_edit::Array = ["fork"].into_iter().collect();
            manifest["workspace"]["exclude"] = toml_edit::value(exclude);
        })
        .file("fork/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"1.1.0\"\n")
        .file("fork/src/lib.rs", "")
        .source_replacement(&upstream.sparse_index())
        .create();
    let replace = "\n[replace]\n\"foo:1.1.0\" = { path = \"fork\" }\n";
    project.write("Cargo.toml", project.read("Cargo.toml") + replace);
    let tree = |project: &CargoProject| {
        let arguments = ["tree", "--prefix", "none"];
        project.cargo(arguments).blocking_run().expect_success().stdout
    };
    let before = tree(&project);
    assert!(before.contains("/fork)"), "{before}");
    let ran = fix(project.path(), &["--rule", "OVR11", "--unsafe"]);
    assert!(ran.out.contains("1 fixed"), "{ran:?}");
    // The lock shows the override from now on, so that it has to be written.
    project.cargo(["check", "--locked"]).blocking_run().expect_failure();
    let last = |tree: &str| tree.lines().last().map(str::to_owned);
    assert_eq!(last(&tree(&project)), last(&before));
    assert!(!project.lock().contains("checksum"), "{}", project.lock());
}
