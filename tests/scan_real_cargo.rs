//! Each trap built with the real cargo: what cargo does, and that the record of the scan says so.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::fs;

use depaudit_auditor::report::{
    DifferenceKind, Layer, Override, OverrideKind, ScanReport, SourceKey, State, Target, TeamName,
};
use depaudit_auditor::{Absent, ScanRequest, TeamRoot, scan};
use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream, ProjectPlan};

/// `foo` at 1.0.0 and 1.1.0, which say their version.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    for version in ["1.0.0", "1.1.0"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    upstream
}

/// Makes a program that needs `foo`. The fake registry stands in for crates.io in the runner's
/// home, so that the project's own configuration is the test's.
fn create(upstream: &FakeUpstream, plan: ProjectPlan) -> CargoProject {
    let project = plan.dependency("foo", "1").create();
    let config = format!(
        "[source.crates-io]\nreplace-with = \"fake\"\n[source.fake]\nregistry = \"{}\"\n",
        upstream.sparse_index()
    );
    fs::write(project.cargo_home().join("config.toml"), config).unwrap();
    project
}

fn app() -> ProjectPlan {
    CargoProject::named("app")
}

/// A copy of `foo` in the folder `fork`, outside of the workspace.
fn with_fork(plan: ProjectPlan, version: &str) -> ProjectPlan {
    plan.manifest(|manifest| {
        let exclude: toml_edit::Array = ["fork"].into_iter().collect();
        manifest["workspace"]["exclude"] = toml_edit::value(exclude);
    })
    .file("fork/Cargo.toml", format!("[package]\nname = \"foo\"\nversion = \"{version}\"\n"))
    .file("fork/src/lib.rs", "")
}

fn patch_by_path(plan: ProjectPlan) -> ProjectPlan {
    plan.manifest(|manifest| {
        manifest["patch"]["crates-io"]["foo"]["path"] = toml_edit::value("fork");
    })
}

/// What cargo builds, one package a line.
fn tree(project: &CargoProject, arguments: &[&str]) -> String {
    let arguments = ["tree", "--prefix", "none"].iter().chain(arguments);
    project.cargo(arguments).blocking_run().expect_success().stdout
}

fn scanned(project: &CargoProject) -> ScanReport {
    let root = TeamRoot::new(TeamName::new("team"), project.path());
    let request = ScanRequest::new(vec![root], "2026-06-01".parse().unwrap());
    scan(&request, &Absent).unwrap()
}

/// The one record of a kind.
fn only(project: &CargoProject, kind: OverrideKind) -> Override {
    let teams = scanned(project).teams;
    let mut found: Vec<_> =
        teams.into_iter().flat_map(|team| team.overrides).filter(|it| it.kind == kind).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_patch_goes_from_pending_to_used_with_the_lock() {
    let upstream = upstream();
    let mut project = create(&upstream, with_fork(app(), "1.1.0"));
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    project.commit_lock();
    let manifest = project.read("Cargo.toml") + "\n[patch.crates-io]\nfoo = { path = \"fork\" }\n";
    project.write("Cargo.toml", manifest);

    assert_eq!(only(&project, OverrideKind::Patch).state, State::Pending);
    project.cargo(["tree", "--locked"]).blocking_run().expect_failure();

    assert!(tree(&project, &[]).contains("/fork)"), "without --locked cargo applies it silently");
    assert!(!project.lock_unchanged());
    let record = only(&project, OverrideKind::Patch);
    assert_eq!((record.state, record.locked[0].version.as_str()), (State::Used, "1.1.0"));
}

#[test]
fn a_patch_that_matches_nothing_is_unused() {
    let upstream = upstream();
    let project = create(&upstream, patch_by_path(with_fork(app(), "2.0.0")));
    let built = tree(&project, &[]);
    assert!(built.contains("foo v1.1.0"), "{built}");
    assert!(project.lock().contains("[[patch.unused]]"));
    assert_eq!(only(&project, OverrideKind::Patch).state, State::Unused);
}

#[test]
fn a_patch_in_a_member_is_ignored() {
    let upstream = upstream();
    let member = "[package]\nname = \"member\"\nversion = \"0.1.0\"\n\
                  [patch.crates-io]\nfoo = { path = \"../fork\" }\n";
    let plan = with_fork(app(), "1.1.0")
        .manifest(|manifest| {
            let members: toml_edit::Array = ["member"].into_iter().collect();
            manifest["workspace"]["members"] = toml_edit::value(members);
        })
        .file("member/Cargo.toml", member)
        .file("member/src/lib.rs", "");
    let project = create(&upstream, plan);
    let built = tree(&project, &[]);
    assert!(!built.contains("fork"), "{built}");
    assert_eq!(only(&project, OverrideKind::Patch).state, State::Ignored);
}

#[test]
fn a_replacement_leaves_the_checksum_in_the_lock() {
    let upstream = upstream();
    let plan = with_fork(app(), "1.1.0").manifest(|manifest| {
        manifest["replace"]["foo:1.1.0"]["path"] = toml_edit::value("fork");
    });
    let project = create(&upstream, plan);
    assert!(tree(&project, &[]).contains("/fork)"));
    let lock = project.lock();
    assert!(lock.contains("checksum = ") && lock.contains("replace = "), "{lock}");
    let record = only(&project, OverrideKind::Replace);
    assert_eq!((record.state, record.version.as_deref()), (State::Used, Some("1.1.0")));
}

#[test]
fn paths_in_configuration_change_the_version_under_an_unchanged_lock() {
    let upstream = upstream();
    let mut project = create(&upstream, with_fork(app(), "9.0.0"));
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    project.commit_lock();
    project.write(".cargo/config.toml", "paths = [\"fork\"]\n");

    let built = tree(&project, &["--locked"]);
    assert!(built.contains("foo v9.0.0"), "{built}");
    assert!(project.lock_unchanged());

    let record = only(&project, OverrideKind::ConfigPaths);
    assert_eq!((record.state, record.version.as_deref()), (State::Used, Some("9.0.0")));
    assert_eq!(record.locked[0].version, "1.1.0");
}

#[test]
fn a_patch_in_an_included_file_resolves_from_that_files_place() {
    let upstream = upstream();
    let project = create(&upstream, app());
    project.write(".cargo/config.toml", "include = [\"extra/patch.toml\"]\n");
    project.write(".cargo/extra/patch.toml", "[patch.crates-io]\nfoo = { path = \"copy\" }\n");
    project.write(".cargo/copy/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"1.5.0\"\n");
    project.write(".cargo/copy/src/lib.rs", "");
    let built = tree(&project, &[]);
    assert!(built.contains("foo v1.5.0"), "{built}");
    let record = only(&project, OverrideKind::ConfigPatch);
    assert_eq!((record.state, record.version.as_deref()), (State::Used, Some("1.5.0")));
    assert_eq!(record.location.path.as_str(), ".cargo/extra/patch.toml");
}

#[test]
fn a_source_is_redirected_without_replace_with() {
    let upstream = upstream();
    let project = create(&upstream, app());
    fs::remove_file(project.cargo_home().join("config.toml")).unwrap();
    let config = format!("[source.crates-io]\nregistry = \"{}\"\n", upstream.sparse_index());
    project.write(".cargo/config.toml", config);
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    assert!(upstream.count("/dl/*") + upstream.count("*foo") > 0, "cargo asked the fake registry");
    assert!(!project.lock().contains(&upstream.sparse_index()), "the lock does not show it");
    let record = only(&project, OverrideKind::SourceReplacement);
    assert_eq!((record.source, record.state), (Some(SourceKey::CratesIo), State::Used));
}

#[test]
fn an_edited_vendored_file_builds_and_is_found() {
    let upstream = upstream();
    let project = create(&upstream, app());
    project
        .cargo(["vendor", "--respect-source-config", "third-party"])
        .blocking_run()
        .expect_success();
    let config = "[source.crates-io]\nreplace-with = \"vendored\"\n\
                  [source.vendored]\ndirectory = \"third-party\"\n";
    project.write(".cargo/config.toml", config);
    let teams = scanned(&project).teams;
    let differing = teams[0].overrides.iter().find(|record| !record.differs.is_empty());
    assert_eq!(differing, None, "what cargo has vendored is as it should be");

    project.write("third-party/foo/src/lib.rs", "compile_error!(\"this is what was built\");\n");
    let list = project.read("third-party/foo/.cargo-checksum.json");
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let emptied = serde_json::json!({ "files": {}, "package": list["package"] });
    project.write("third-party/foo/.cargo-checksum.json", emptied.to_string());
    let built = project.cargo(["check", "--locked", "--offline"]).blocking_run().expect_failure();
    assert!(built.stderr.contains("this is what was built"), "{built}");

    let teams = scanned(&project).teams;
    let record = teams[0].overrides.iter().find(|record| !record.differs.is_empty()).unwrap();
    assert_eq!((record.kind, record.layer), (OverrideKind::Vendored, Layer::Vendor));
    assert_eq!((record.package.as_deref(), record.state), (Some("foo"), State::Used));
    assert!(record.differs.iter().all(|it| it.kind == DifferenceKind::Unlisted), "{record:?}");
}

#[test]
fn a_source_variable_acts_only_in_the_case_of_its_table() {
    let upstream = upstream();
    let project = create(&upstream, app());
    fs::remove_file(project.cargo_home().join("config.toml")).unwrap();
    let nowhere = "sparse+http://127.0.0.1:1/";
    project.write(
        ".cargo/config.toml",
        format!(
            "[source.crates-io]\nreplace-with = \"alt\"\n[source.alt]\nregistry = \"{nowhere}\"\n"
        ),
    );
    let with = |name: &str| {
        let command = project.cargo(["generate-lockfile"]).retries(0);
        command.env(name, upstream.sparse_index()).blocking_run()
    };
    with("CARGO_SOURCE_ALT_REGISTRY").expect_failure();
    with("CARGO_SOURCE_alt_REGISTRY").expect_success();

    project.write("a.sh", "env CARGO_SOURCE_ALT_REGISTRY=x CARGO_SOURCE_alt_REGISTRY=x cargo b\n");
    let teams = scanned(&project).teams;
    let variables = teams[0].overrides.iter().filter(|record| record.kind == OverrideKind::Env);
    let states: Vec<_> = variables.map(|record| (setting(record), record.state)).collect();
    assert_eq!(
        states,
        [
            ("CARGO_SOURCE_ALT_REGISTRY".to_owned(), State::Ignored),
            ("CARGO_SOURCE_alt_REGISTRY".to_owned(), State::Pending)
        ]
    );
}

#[test]
fn bad_input_55_cargo_takes_two_spellings_of_one_patch_key_without_a_word() {
    let upstream = upstream();
    let spelled = format!("{}.git", tame_index::CRATES_IO_INDEX);
    let plan = with_fork(app(), "1.1.0")
        .manifest(|manifest| {
            for name in ["one", "two"] {
                manifest["workspace"]["exclude"].as_array_mut().unwrap().push(name);
            }
            manifest["patch"]["crates-io"]["foo"]["path"] = toml_edit::value("one");
            manifest["patch"][spelled.as_str()]["foo"]["path"] = toml_edit::value("two");
        })
        .file("one/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"1.1.0\"\n")
        .file("one/src/lib.rs", "")
        .file("two/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"1.1.0\"\n")
        .file("two/src/lib.rs", "");
    let project = create(&upstream, plan);
    // Which one wins differs from run to run; that one does is all that cargo says.
    let built = tree(&project, &[]);
    assert_eq!(built.contains("/one)"), !built.contains("/two)"), "{built}");
    let found = scanned(&project).findings;
    let ambiguous: Vec<_> = found.iter().filter(|it| it.code == "OVR14").collect();
    assert_eq!(ambiguous.len(), 1, "{ambiguous:?}");
}

#[test]
fn a_path_dependency_leaves_the_release_to_others() {
    let upstream = upstream();
    upstream.publish(CrateFile::new("bar", "1.0.0").dependency(Dependency::new("foo", "1")));
    let plan = with_fork(app(), "1.0.0").dependency("bar", "1");
    let project = create(&upstream, plan);
    let mut manifest: toml_edit::DocumentMut = project.read("Cargo.toml").parse().unwrap();
    manifest["dependencies"]["foo"] =
        toml_edit::Item::Value(toml_edit::InlineTable::from_iter([("path", "fork")]).into());
    project.write("Cargo.toml", manifest.to_string());
    let built = tree(&project, &[]);
    assert!(built.contains("/fork)") && built.contains("foo v1.1.0"), "{built}");
    let record = only(&project, OverrideKind::PathDependency);
    assert_eq!((record.state, record.locked.len()), (State::Used, 1));
    assert_eq!(record.locked[0].version, "1.0.0");
}

fn setting(record: &Override) -> String {
    match &record.target {
        Target::Setting(setting) => setting.name.clone(),
        other => panic!("{other:?}"),
    }
}
