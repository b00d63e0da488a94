//! `depaudit prefetch` fills the cache for a build without a network.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::path::Path;
use std::process::{Command, Output};

use depaudit_model::TokenScope;
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream};

mod support;
#[path = "support/token.rs"]
mod token;

use support::Service;

fn prefetch(data: &Path, upstream: &FakeUpstream, locks: &[&Path]) -> Output {
    command(data, &upstream.sparse_index()).args(locks).output().unwrap()
}

fn command(data: &Path, index: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depaudit"));
    command.args(["prefetch", "--json", "--upstream"]).arg(format!("crates-io={index}"));
    command.arg("--data").arg(data);
    command
}

/// Runs a command while a server answers in this thread.
async fn done(mut command: Command) -> (Option<i32>, serde_json::Value, String) {
    let done = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let summary = serde_json::from_slice(&done.stdout).unwrap_or_default();
    (done.status.code(), summary, String::from_utf8(done.stderr).unwrap())
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

#[tokio::test(flavor = "multi_thread")]
async fn a_depaudit_server_as_upstream_is_shown_the_token() {
    let upstream = upstream();
    let project = locked_project(&upstream).await;
    let lock = project.path().join("Cargo.lock");
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    let token = token::token(&service, "payments", TokenScope::Read).await;
    let data = tempfile::tempdir().unwrap();
    let mut without = command(data.path(), &service.sparse_index());
    without.arg(&lock);
    let (code, summary, _) = done(without).await;
    assert_eq!((code, &summary["fetched"]), (Some(1), &0.into()), "{summary}");

    let mut with = command(data.path(), &service.sparse_index());
    with.arg(&lock).env("DEPAUDIT_TOKEN", token.expose());
    let (code, summary, _) = done(with).await;
    assert_eq!((code, &summary["fetched"]), (Some(0), &2.into()), "{summary}");

    // A registry that is no depaudit server has no use for it, and does not get to see it.
    let file = data.path().join("token");
    std::fs::write(&file, token.expose()).unwrap();
    let mut elsewhere = command(data.path(), &upstream.sparse_index());
    elsewhere.arg(&lock).arg("--token-file").arg(&file);
    let (code, _, told) = done(elsewhere).await;
    assert_eq!(code, Some(2));
    assert!(told.contains("no upstream is a depaudit server"), "{told}");
    let mut elsewhere = command(data.path(), &upstream.sparse_index());
    elsewhere.arg(&lock).env("DEPAUDIT_TOKEN", token.expose());
    assert_eq!(done(elsewhere).await.0, Some(0));
    let sent = upstream.requests();
    assert!(sent.iter().all(|it| it.header("authorization").is_none()), "{sent:?}");
}

#[tokio::test]
async fn bad_input_30_an_internal_name_in_a_lock_is_not_asked_of_the_upstream() {
    let upstream = upstream();
    let project = locked_project(&upstream).await;
    let data = tempfile::tempdir().unwrap();
    let policy = data.path().join("policy.toml");
    std::fs::write(&policy, "internal-packages = [\"bar\"]\n").unwrap();
    let before = upstream.requests().len();
    let mut command = command(data.path(), &upstream.sparse_index());
    command.arg(project.path().join("Cargo.lock")).arg("--policy").arg(&policy);
    let (code, summary, _) = done(command).await;
    assert_eq!((code, &summary["fetched"]), (Some(1), &1.into()), "{summary}");
    let failed = summary["failed"][0].as_str().unwrap();
    assert!(failed.contains("bar is blocked by the rule `internal-name`"), "{failed}");
    let asked = upstream.requests();
    assert!(asked[before..].iter().all(|it| !it.path.contains("bar")), "{asked:?}");
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
