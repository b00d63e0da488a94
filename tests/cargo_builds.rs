//! The real cargo builds through the proxy.

mod support;

use std::time::Duration;

use depaudit_model::event::{Decision, EventKind};
use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream, Fault};
use support::Service;

/// `app` needs `foo`, which needs `bar`.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("bar", "0.1.0"));
    upstream.publish(
        CrateFile::new("foo", "1.0.0")
            .dependency(Dependency::new("bar", "0.1"))
            .library("pub const VERSION: &str = bar::VERSION;\n"),
    );
    upstream
}

/// A project that needs `foo` and is configured as a team that uses depaudit configures it.
fn project(service: &Service) -> CargoProject {
    CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&service.sparse_index())
        .file("src/main.rs", "fn main() { println!(\"bar {}\", foo::VERSION); }\n")
        .create()
}

#[tokio::test]
async fn a_locked_project_builds_with_its_lock_unchanged_and_each_crate_on_record() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let mut project = project(&service);
    // The lock as it was made without depaudit: against the upstream itself.
    let direct = CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&upstream.sparse_index())
        .create();
    direct.cargo(["generate-lockfile"]).run().await.expect_success();
    project.write("Cargo.lock", direct.lock());
    project.commit_lock();

    let ran = project.cargo(["run", "--locked"]).run().await.expect_success();
    assert_eq!(ran.stdout.trim(), "bar 0.1.0");
    assert!(project.lock_unchanged());
    let mut served: Vec<(String, String)> = service
        .events_of(EventKind::DownloadDecided)
        .await
        .into_iter()
        .filter(|stored| stored.event.decision == Some(Decision::Allow))
        .map(|stored| {
            let event = stored.event;
            (event.name.unwrap().to_string(), event.sha256.unwrap().to_string())
        })
        .collect();
    served.sort();
    let names: Vec<_> = served.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["bar", "foo"]);
    for (name, checksum) in &served {
        assert!(
            project.lock().contains(checksum),
            "{name}: the lock's checksum is the one on record"
        );
    }

    upstream.forget_requests();
    project.renew_cargo_home();
    project.cargo(["fetch", "--locked"]).run().await.expect_success();
    assert_eq!(upstream.count("/dl/*"), 0, "a second machine downloads nothing upstream");

    upstream.stop();
    service.clock.advance(Duration::from_secs(86_400));
    project.renew_cargo_home();
    project.cargo(["fetch", "--locked"]).run().await.expect_success();
    assert!(project.lock_unchanged());
}

#[tokio::test]
async fn add_update_and_vendor_work_through_the_proxy() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let project = CargoProject::named("app").source_replacement(&service.sparse_index()).create();
    project.cargo(["add", "foo@1"]).run().await.expect_success();
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    assert!(project.lock().contains("name = \"bar\""));

    upstream.publish(CrateFile::new("bar", "0.1.1"));
    service.clock.advance(Duration::from_secs(120));
    project.cargo(["update", "bar"]).run().await.expect_success();
    assert!(project.lock().contains("version = \"0.1.1\""), "{}", project.lock());

    project.cargo(["vendor", "--respect-source-config"]).run().await.expect_success();
    let vendored = project.read("vendor/bar/Cargo.toml");
    assert!(vendored.contains("0.1.1"), "{vendored}");
    assert_eq!(service.events_of(EventKind::DownloadDecided).await.len(), 2);
}

#[tokio::test]
async fn a_crate_with_wrong_bytes_fails_the_build_and_cargo_prints_why_and_the_request() {
    let upstream = upstream();
    upstream.on("/dl/bar/*").then(Fault::WrongBytes);
    let service = Service::before(&upstream).await;
    let project = project(&service);
    let failed = project.cargo(["fetch"]).retries(0).run().await.expect_failure();
    assert!(failed.stderr.contains("got 502"), "{}", failed.stderr);
    assert!(failed.stderr.contains("rule checksum-mismatch"), "{}", failed.stderr);
    let denied = service.events_of(EventKind::DownloadDecided).await;
    let denied =
        denied.iter().find(|stored| stored.event.decision == Some(Decision::Deny)).unwrap();
    let request = denied.event.request_id.as_ref().unwrap();
    assert!(failed.stderr.contains(request.as_str()), "{request} in {}", failed.stderr);
}

#[tokio::test]
async fn an_upstream_that_fails_twice_costs_nothing_but_time() {
    let upstream = upstream();
    upstream.on("/dl/bar/*").times(2).then(Fault::status(500));
    let service = Service::before(&upstream).await;
    let project = project(&service);
    project.cargo(["fetch"]).retries(3).run().await.expect_success();
}

#[tokio::test]
async fn a_team_that_is_not_served_is_told_so() {
    let upstream = upstream();
    let service = Service::with(&upstream, |settings| {
        settings.teams = Some(["search".parse().unwrap()].into());
    });
    let service = service.await;
    let project = project(&service);
    let failed = project.cargo(["fetch"]).retries(0).run().await.expect_failure();
    assert!(
        failed.stderr.contains("404") || failed.stderr.contains("config.json"),
        "{}",
        failed.stderr
    );
}

#[tokio::test]
async fn another_registry_is_replaced_as_init_writes_it_and_its_lock_is_the_same_for_every_team() {
    let (public, inner) = (FakeUpstream::start(), FakeUpstream::start());
    inner.publish(CrateFile::new("inhouse", "1.0.0"));
    let service = Service::with(&public, |settings| {
        let upstream = depaudit_proxy::upstream::UpstreamSettings::new(inner.index_url());
        settings.registries.insert("internal".parse().unwrap(), upstream);
    });
    let service = service.await;
    let mut project = CargoProject::named("app")
        .registry("internal", &inner.sparse_index())
        .manifest(|manifest| {
            let dependency =
                toml_edit::InlineTable::from_iter([("version", "1"), ("registry", "internal")]);
            manifest["dependencies"]["inhouse"] = toml_edit::value(dependency);
        })
        .create();
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    project.commit_lock();
    for team in ["payments", "search"] {
        project.renew_cargo_home();
        let init = std::process::Command::new(env!("CARGO_BIN_EXE_depaudit"))
            .args(["init", "--yes", "--force", "--team", team, "--registry", "internal"])
            .args(["--server", &format!("http://{}", service.address)])
            .args(["--upstream", &inner.sparse_index()])
            .arg(project.path())
            .output()
            .unwrap();
        assert!(init.status.success(), "{init:?}");
        project.cargo(["build", "--locked"]).run().await.expect_success();
        assert!(project.lock_unchanged());
    }
    let decided = service.events_of(EventKind::DownloadDecided).await;
    let teams: Vec<_> = decided.iter().map(|e| e.event.team.as_ref().unwrap().as_str()).collect();
    assert_eq!(teams, ["payments", "search"], "each team's download went through the proxy");
}
