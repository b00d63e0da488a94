//! `depaudit prefetch` fills the cache for a build without a network.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::path::Path;
use std::process::{Command, Output};

use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream};

mod support;

use support::Service;

fn prefetch(data: &Path, upstream: &FakeUpstream, locks: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(["prefetch", "--json", "--upstream"])
        .arg(format!("crates-io={}", upstream.sparse_index()))
        .arg("--data")
        .arg(data)
        .args(locks)
        .output()
        .unwrap()
}

/// `app` needs `foo`, which needs `bar`; both are published.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("bar", "0.1.0"));
    upstream.publish(CrateFile::new("foo", "1.0.0").dependency(Dependency::new("bar", "0.1")));
    upstream
}

async fn locked_project(upstream: &FakeUpstream) -> CargoProject {
    let project = CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&upstream.sparse_index())
        .create();
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    project
}

#[tokio::test]
async fn after_a_prefetch_a_project_builds_with_the_upstream_gone() {
    let upstream = upstream();
    let project = locked_project(&upstream).await;
    // An empty data folder, as a server makes it.
    let stopped = Service::before(&upstream).await.stop().await;
    let done = prefetch(stopped.folder(), &upstream, &[&project.path().join("Cargo.lock")]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(done.stderr.is_empty(), "no progress bar in a pipe: {done:?}");
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&summary["fetched"], &summary["skipped"]), (&2.into(), &serde_json::json!([])));

    let again = prefetch(stopped.folder(), &upstream, &[&project.path().join("Cargo.lock")]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&summary["fetched"], &summary["already_there"]), (&0.into(), &2.into()));

    upstream.stop();
    let service = stopped.restart(&upstream).await;
    let offline = CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&service.sparse_index())
        .lock(&project.lock())
        .create();
    offline.cargo(["build", "--locked"]).run().await.expect_success();
    assert!(offline.lock_unchanged());
}

#[tokio::test]
async fn what_cannot_be_had_is_named_and_the_rest_is_fetched() {
    let upstream = upstream();
    let project = locked_project(&upstream).await;
    upstream.unpublish("bar");
    let data = tempfile::tempdir().unwrap();
    let done = prefetch(data.path(), &upstream, &[&project.path().join("Cargo.lock")]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(summary["fetched"], 1);
    assert!(summary["failed"][0].as_str().unwrap().starts_with("bar@0.1.0: "), "{summary}");
}

#[tokio::test]
async fn a_lock_that_names_another_checksum_than_the_registry_is_a_failure() {
    let upstream = upstream();
    let project = locked_project(&upstream).await;
    let other = "0".repeat(64);
    let checksum =
        project.lock().lines().find_map(|line| line.strip_prefix("checksum = ").map(str::to_owned));
    project
        .write("Cargo.lock", project.lock().replace(&checksum.unwrap(), &format!("\"{other}\"")));
    let data = tempfile::tempdir().unwrap();
    let done = prefetch(data.path(), &upstream, &[&project.path().join("Cargo.lock")]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(
        summary["failed"][0].as_str().unwrap().contains("the lock names the checksum"),
        "{summary}"
    );
}

#[test]
fn a_lock_that_is_none_is_an_error_with_its_name() {
    let upstream = FakeUpstream::start();
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("Cargo.lock");
    std::fs::write(&lock, "package = 7").unwrap();
    let failed = prefetch(folder.path(), &upstream, &[&lock]);
    assert_eq!(failed.status.code(), Some(2));
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains("Cargo.lock is no Cargo.lock"), "{told}");
}
