//! What the real cargo does under a policy.

#[path = "support/policy.rs"]
mod policy;
mod support;

use depaudit_model::event::{Decision, EventKind};
use depaudit_testkit::{CargoProject, CrateFile, FakeUpstream};
use policy::enforce;
use support::Service;

/// `foo` 1.0.0 is two months old, 1.1.0 one day.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0").published_at("2026-02-28T12:00:00Z"));
    upstream
}

fn project(service: &Service) -> CargoProject {
    CargoProject::named("app")
        .dependency("foo", "1")
        .source_replacement(&service.sparse_index())
        .file("src/main.rs", "fn main() { println!(\"foo {}\", foo::VERSION); }\n")
        .create()
}

const THREE_DAYS: &str = "[door.minimum-age-days]\ncrates-io = 3\n";

#[tokio::test]
async fn under_a_minimum_age_a_fresh_lock_takes_the_newest_version_that_is_old_enough() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, THREE_DAYS);
    let project = project(&service);
    let ran = project.cargo(["run"]).run().await.expect_success();
    assert_eq!(ran.stdout.trim(), "foo 1.0.0");
    project.cargo(["update"]).run().await.expect_success();
    assert!(project.lock().contains("version = \"1.0.0\""), "{}", project.lock());
    service.clock.advance(std::time::Duration::from_secs(3 * 24 * 60 * 60));
    project.cargo(["update"]).run().await.expect_success();
    assert!(project.lock().contains("version = \"1.1.0\""), "{}", project.lock());
}

#[tokio::test]
async fn an_existing_lock_with_a_young_version_still_builds_on_a_new_machine() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let mut project = project(&service);
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    assert!(project.lock().contains("version = \"1.1.0\""), "{}", project.lock());
    project.commit_lock();
    enforce(&service, THREE_DAYS);
    project.renew_cargo_home();
    let ran = project.cargo(["run", "--locked"]).run().await.expect_success();
    assert_eq!(ran.stdout.trim(), "foo 1.1.0");
    assert!(project.lock_unchanged());
}

#[tokio::test]
async fn a_denied_version_fails_the_build_and_cargo_prints_the_reason_and_the_request() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    let mut project = project(&service);
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    enforce(
        &service,
        "[door]\ncontact = 'the security team'\n\
         [[door.deny]]\npackage = 'foo'\nversion = '=1.1.0'\nreason = 'it phones home'\n",
    );
    project.renew_cargo_home();
    let failed = project.cargo(["fetch", "--locked"]).run().await.expect_failure();
    for wanted in [
        "got 403",
        "depaudit: foo 1.1.0 is blocked by the rule `denied`",
        "why: it phones home",
        "newest allowed version: 1.0.0",
        "for a waiver, ask the security team",
    ] {
        assert!(failed.stderr.contains(wanted), "no {wanted:?} in {}", failed.stderr);
    }
    let denied = service.events_of(EventKind::DownloadDecided).await;
    let denied =
        denied.iter().find(|stored| stored.event.decision == Some(Decision::Deny)).unwrap();
    let request = denied.event.request_id.as_ref().unwrap();
    assert!(failed.stderr.contains(request.as_str()), "{request} in {}", failed.stderr);
}
