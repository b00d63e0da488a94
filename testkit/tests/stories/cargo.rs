use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream, Fault};

/// A registry in which `top` needs `base`.
fn registry() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("base", "0.3.1"));
    let top = CrateFile::new("top", "1.2.0")
        .dependency(Dependency::new("base", "^0.3"))
        .library("pub fn base() -> &'static str { base::VERSION }\n")
        .file("README.md", "on top of base\n");
    upstream.publish(top);
    upstream
}

#[test]
fn cargo_locks_fetches_and_builds_what_was_published() {
    let upstream = registry();
    let mut project = CargoProject::named("app")
        .dependency("top", "1")
        .source_replacement(&upstream.sparse_index())
        .file("src/main.rs", "fn main() { println!(\"{}\", top::base()); }\n")
        .create();
    project.cargo(["generate-lockfile"]).blocking_run().expect_success();
    project.commit_lock();
    assert!(project.lock().contains("name = \"base\""));
    assert!(!project.lock().contains("127.0.0.1"), "a replaced source leaves no trace");

    let ran = project.cargo(["run", "--quiet", "--locked"]).blocking_run().expect_success();
    assert_eq!(ran.stdout, "0.3.1\n");
    assert!(project.lock_unchanged());

    upstream.forget_requests();
    project.cargo(["fetch", "--locked"]).blocking_run().expect_success();
    assert_eq!(upstream.count("/dl/*"), 0, "the same home has it all");
    project.renew_cargo_home();
    project.cargo(["fetch", "--locked"]).blocking_run().expect_success();
    assert_eq!(upstream.count("/dl/*"), 2, "a new home has nothing");

    let lock = project.lock();
    project.write("Cargo.lock", format!("{lock}\n"));
    assert!(!project.lock_unchanged());
}

#[tokio::test]
async fn cargo_reports_what_a_fault_did() {
    let upstream = registry();
    let project = CargoProject::named("app")
        .dependency("top", "1")
        .source_replacement(&upstream.sparse_index())
        .create();
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    let path = upstream.download_path("base", "0.3.1");
    upstream.on(&path).times(1).then(Fault::WrongBytes);
    let failed = project.cargo(["fetch", "--locked"]).retries(0).run().await.expect_failure();
    assert!(failed.stderr.contains("failed to verify the checksum"), "{failed}");
    project.cargo(["fetch", "--locked"]).retries(0).run().await.expect_success();
}

#[test]
fn a_committed_lock_is_there_from_the_start() {
    let upstream = registry();
    let plan = || {
        CargoProject::named("app")
            .dependency("top", "1")
            .source_replacement(&upstream.sparse_index())
    };
    let first = plan().create();
    first.cargo(["generate-lockfile"]).blocking_run().expect_success();
    upstream.publish(CrateFile::new("base", "0.3.2"));
    let second = plan().lock(&first.lock()).create();
    second.cargo(["fetch", "--locked"]).blocking_run().expect_success();
    assert!(second.lock_unchanged());
    second.cargo(["update"]).blocking_run().expect_success();
    assert!(!second.lock_unchanged(), "base moved to 0.3.2");
}

#[test]
fn a_build_sees_the_home_of_its_project_and_its_configuration() {
    let project = CargoProject::named("app")
        .file(".cargo/config.toml", "[alias]\nsay = 'run --quiet --offline'\n")
        .file("src/main.rs", "fn main() { print!(env!(\"CARGO_HOME\")); }\n")
        .create();
    let ran = project.cargo(["say"]).blocking_run().expect_success();
    assert_eq!(ran.stdout, project.cargo_home().to_str().unwrap());
    assert!(project.path().join("target").is_dir(), "the target folder is the project's own");
}
