//! What cargo builds before and after.

use depaudit_testkit::{CargoProject, CrateFile, FakeUpstream};

use super::fix;
use super::remote::Remote;

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

#[test]
fn cargo_keeps_its_lock_when_requirements_of_one_line_are_raised_to_the_highest() {
    let upstream = FakeUpstream::start();
    for version in ["1.1.0", "1.2.5", "1.3.0"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    let member = "[package]\nname = \"member\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                  [dependencies]\nfoo = \"1.1\" # as it was\n";
    let mut project = CargoProject::named("app")
        .dependency("foo", "1.2.5")
        .manifest(|manifest| {
            let members: toml_edit::Array = ["member"].into_iter().collect();
            manifest["workspace"]["members"] = toml_edit::value(members);
        })
        .file("member/Cargo.toml", member)
        .file("member/src/lib.rs", "")
        .source_replacement(&upstream.sparse_index())
        .create();
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    project.commit_lock();
    let ran = fix(project.path(), &["--rule", "DRF05"]);
    assert!(ran.out.ends_with("1 fixed, 0 need --unsafe, 0 have no fix\n"), "{ran:?}");
    let raised = project.read("member/Cargo.toml");
    assert!(raised.ends_with("\nfoo = \"1.2.5\" # as it was\n"), "{raised}");
    project.cargo(["check", "--workspace", "--locked"]).blocking_run().expect_success();
    assert!(project.lock_unchanged(), "{}", project.lock());
}
