//! What `depaudit scan` knows of the world: from a server, from Cargo's own cache, from nowhere.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic is the report of a test"
)]

mod cli_support;
#[path = "support/policy.rs"]
mod policy;
mod support;
#[path = "support/token.rs"]
mod token;

use std::fs;
use std::path::{Path, PathBuf};

use cli_support::{Ran, command};
use depaudit_model::TokenScope;
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CargoProject, CrateFile, Dependency, FakeUpstream, Fault};
use serde_json::Value;
use support::Service;
use tame_index::index::sparse::CRATES_IO_HTTP_INDEX;
use tame_index::utils::get_index_details;
use tempfile::TempDir;

/// Scans a folder, with `home` as Cargo's. In a thread of its own, since a server answers meanwhile
/// in this one.
async fn scan(folder: &Path, home: &Path, arguments: &[&str]) -> (Value, Ran) {
    let mut command = command(folder, &["scan", "--format", "json"]);
    command.args(arguments).env("CARGO_HOME", home);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let ran = Ran::from(ran.expect("the binary runs"));
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (report, ran)
}

/// The messages of one rule.
fn told<'a>(report: &'a Value, code: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|it| it["code"] == code).map(|it| it["message"].as_str().unwrap()).collect()
}

/// How many things a rule passed over because it lacked facts.
fn passed_over(report: &Value, code: &str) -> u64 {
    let lacking = report["summary"]["not_evaluated"].as_array().unwrap().iter();
    let counts = lacking.filter(|it| it["code"] == code && it["lacking"] == "facts");
    counts.map(|it| it["passed_over"].as_u64().unwrap()).sum()
}

/// `shared` has a patch release that is years old, `old` is withdrawn, and `steady` is as it
/// should be.
fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    let long_ago = |file: CrateFile, day: &str| file.published_at(&format!("{day}T00:00:00Z"));
    upstream.publish(long_ago(CrateFile::new("shared", "1.2.0"), "2020-01-01"));
    upstream.publish(long_ago(CrateFile::new("old", "0.3.0"), "2020-01-01"));
    upstream.publish(CrateFile::new("steady", "2.0.0").dependency(Dependency::new("old", "0.3")));
    upstream
}

/// A project of the real cargo that locked before the patch release came and `old` was withdrawn.
async fn locked(upstream: &FakeUpstream) -> CargoProject {
    let project = CargoProject::named("app")
        .dependency("shared", "1.2")
        .dependency("steady", "2")
        .source_replacement(&upstream.sparse_index())
        .create();
    project.cargo(["generate-lockfile"]).run().await.expect_success();
    upstream.publish(CrateFile::new("shared", "1.2.1").published_at("2020-06-01T00:00:00Z"));
    upstream.yank("old", "0.3.0");
    project
}

fn assert_all_is_known(report: &Value) {
    let missed = told(report, "DRF02");
    assert_eq!(missed.len(), 1, "{report}");
    assert!(
        missed[0].starts_with("`shared` is locked at 1.2.0 and misses the patch release 1.2.1")
    );
    assert_eq!(told(report, "DRF06"), ["`old` 0.3.0 was withdrawn by its author"]);
    assert_eq!(passed_over(report, "DRF02") + passed_over(report, "DRF06"), 0, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_tells_what_has_been_published_and_each_crate_is_asked_once() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let service = Service::before(&upstream).await;
    let server = format!("http://{}", service.address);
    let second = TempDir::new().unwrap();
    fs::copy(project.path().join("Cargo.lock"), second.path().join("Cargo.lock")).unwrap();

    let team = format!("second={}", second.path().display());
    let home = TempDir::new().unwrap();
    let arguments = ["--server", &server, ".", "--team", &team];
    let (report, ran) = scan(project.path(), home.path(), &arguments).await;
    assert_eq!(told(&report, "DRF02").len(), 2, "one for each team: {report}");
    let origin = report["summary"]["facts"].as_str().unwrap();
    assert!(origin.ends_with(", 3 crates"), "{origin}");
    assert!(ran.err.is_empty(), "{ran:?}");
    let stopped = service.stop().await;
    let views = stopped.events().await.into_iter().map(|stored| stored.event);
    let views: Vec<_> = views
        .filter(|it| it.team.as_ref().is_some_and(|it| it.as_str() == "depaudit-scan"))
        .collect();
    assert_eq!(views.len(), 3, "on record as nobody's build: {views:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_servers_policy_holds_back_was_not_withdrawn_by_its_author() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let service = Service::before(&upstream).await;
    // Counted from the service's own clock, so that `shared` 1.2.0 is young on any day.
    policy::enforce(&service, "[door.minimum-age-days]\ncrates-io = 3650\n");
    let server = format!("http://{}", service.address);
    let home = TempDir::new().unwrap();
    let (report, ran) = scan(project.path(), home.path(), &["--server", &server]).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_eq!(
        told(&report, "DRF06"),
        [
            "`old` 0.3.0 was withdrawn by its author",
            "`shared` 1.2.0 is held back by the server's rule `minimum-age`",
            "`steady` 2.0.0 is held back by the server's rule `minimum-age`"
        ]
    );
    assert_eq!(passed_over(&report, "DRF06"), 0, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_tell_why_accuses_nobody() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    // What serves the index of a depaudit server, and answers no question about it.
    let mirror = FakeUpstream::start();
    let config = serde_json::json!({ "dl": "http://127.0.0.1:1/" }).to_string();
    let index = "/t/depaudit-scan/crates-io/index";
    let body = |text: String| Fault::status(200).body(text);
    mirror.on(format!("{index}/config.json")).then(body(config));
    let line = r#"{"name":"old","vers":"0.3.0","deps":[],"features":{},"yanked":true,"cksum":""}"#;
    mirror.on(format!("{index}/3/o/old")).then(body(line.to_owned()));
    let home = TempDir::new().unwrap();
    let server = format!("http://{}", mirror.address());
    let (report, _) = scan(project.path(), home.path(), &["--server", &server]).await;
    let told = told(&report, "DRF06");
    assert_eq!(told.len(), 1, "{report}");
    assert!(told[0].ends_with("does not tell whether by its author or by its policy"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_server_that_is_away_the_scan_goes_on_and_says_so() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let service = Service::before(&upstream).await;
    let server = format!("http://{}", service.address);
    drop(service.stop().await);
    let home = TempDir::new().unwrap();
    let (report, ran) = scan(project.path(), home.path(), &["--server", &server]).await;
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert!(ran.err.starts_with(&format!("warning: the server {server}/ did not tell")), "{ran:?}");
    assert!(told(&report, "DRF02").is_empty() && told(&report, "DRF06").is_empty());
    assert_eq!((passed_over(&report, "DRF02"), passed_over(&report, "DRF06")), (3, 3));
    assert_eq!(report["summary"]["facts"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_the_server_does_not_serve_learns_nothing_about_any_crate() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let only_payments = || Some(["payments".parse().unwrap()].into());
    let service = Service::with(&upstream, |settings| settings.teams = only_payments()).await;
    let server = format!("http://{}", service.address);
    let home = TempDir::new().unwrap();
    let unserved = ["--server", &server, "--server-team", "search"];
    let (report, ran) = scan(project.path(), home.path(), &unserved).await;
    let told = "to the team `search`; name another with --server-team";
    assert!(ran.err.contains(told), "{ran:?}");
    assert_eq!(passed_over(&report, "DRF06"), 3, "{report}");

    let named = ["--server", &server, "--server-team", "payments"];
    let (report, ran) = scan(project.path(), home.path(), &named).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_all_is_known(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_list_of_teams_tells_scans_as_no_team_of_it() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let list = || Some(["payments".parse().unwrap(), "search".parse().unwrap()].into());
    let home = TempDir::new().unwrap();
    // Where one team needs no token, whoever scans learns no more than as that team.
    for guarded in [vec![], vec!["payments"], vec!["payments", "search"]] {
        let every_team = guarded.len() == 2;
        let service = Service::with(&upstream, |settings| {
            settings.teams = list();
            settings.guarded.teams = guarded.iter().map(|team| team.parse().unwrap()).collect();
        });
        let service = service.await;
        let server = format!("http://{}", service.address);
        let (report, ran) = scan(project.path(), home.path(), &["--server", &server]).await;
        if every_team {
            assert!(ran.err.contains("to the team `depaudit-scan`; name another"), "{ran:?}");
            assert_eq!(passed_over(&report, "DRF06"), 3, "{report}");
        } else {
            assert!(ran.err.is_empty(), "{ran:?}");
            assert_all_is_known(&report);
        }
        let events = service.stop().await.events().await;
        let mut teams = events.iter().filter_map(|it| it.event.team.as_ref());
        assert!(teams.all(|team| team.is_of_scans()), "{events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crate_that_the_server_cannot_ask_for_now_is_unknown_and_the_others_are_not() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    upstream.on(upstream.index_path("old")).then(Fault::status(503));
    let service = Service::before(&upstream).await;
    let server = format!("http://{}", service.address);
    let home = TempDir::new().unwrap();
    let (report, ran) = scan(project.path(), home.path(), &["--server", &server]).await;
    assert!(ran.err.contains("answered 503"), "{ran:?}");
    assert_eq!(told(&report, "DRF02").len(), 1, "{report}");
    assert_eq!((passed_over(&report, "DRF02"), passed_over(&report, "DRF06")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_tokens_tells_whoever_shows_the_right_one() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    let token = token::token(&service, "payments", TokenScope::Read).await;
    let server = format!("http://{}", service.address);
    let home = TempDir::new().unwrap();
    let (report, ran) = scan(project.path(), home.path(), &["--server", &server]).await;
    assert!(ran.err.contains("401; it asks for a token"), "{ran:?}");
    assert_eq!(passed_over(&report, "DRF06"), 3, "{report}");

    let file = home.path().join("token");
    fs::write(&file, token.expose()).unwrap();
    let mut arguments = vec!["--server", &server, "--token-file", file.to_str().unwrap()];
    let (_, ran) = scan(project.path(), home.path(), &arguments).await;
    assert!(ran.err.contains("403; this token is another team's"), "{ran:?}");
    arguments.extend(["--server-team", "payments"]);
    let (report, ran) = scan(project.path(), home.path(), &arguments).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_all_is_known(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_asks_in_the_name_of_its_team_with_the_token_that_it_reports_with() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    let token = token::token(&service, "payments", TokenScope::Report).await;
    let server = format!("http://{}", service.address);
    let home = TempDir::new().unwrap();
    let file = home.path().join("token");
    fs::write(&file, token.expose()).unwrap();
    let file = file.to_str().unwrap();
    let arguments = ["--server", &server, "--token-file", file, "--team", "payments=."];
    let (report, ran) = scan(project.path(), home.path(), &arguments).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_all_is_known(&report);
}

/// The cache that the real cargo keeps of a registry, in the place where it keeps the default
/// registry's.
fn as_the_default_registry(home: &Path, index: &str) {
    fs::rename(folder_of(home, index), folder_of(home, CRATES_IO_HTTP_INDEX)).unwrap();
}

fn folder_of(home: &Path, index: &str) -> PathBuf {
    let home = tame_index::PathBuf::from_path_buf(home.to_owned()).unwrap();
    get_index_details(index, Some(home), true).unwrap().0.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn cargos_own_cache_tells_what_cargo_saw_last() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let lock = project.lock();
    // Cargo looks again, and sees what came since; the lock that counts is the old one.
    project.cargo(["update", "--package", "shared"]).run().await.expect_success();
    project.write("Cargo.lock", &lock);
    as_the_default_registry(project.cargo_home(), &upstream.sparse_index());
    let (report, ran) = scan(project.path(), project.cargo_home(), &[]).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_all_is_known(&report);
    let origin = report["summary"]["facts"].as_str().unwrap();
    assert_eq!(origin, "Cargo's index cache, 3 crates, newest entry 0 days old");

    let (report, _) = scan(project.path(), project.cargo_home(), &["--no-facts"]).await;
    assert_eq!(passed_over(&report, "DRF06"), 3, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_is_older_than_the_lock_proves_nothing() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    as_the_default_registry(project.cargo_home(), &upstream.sparse_index());
    // Somebody else has updated the lock, and this machine's Cargo has not looked since.
    project.write("Cargo.lock", project.lock().replace("\"1.2.0\"", "\"1.2.1\""));
    let (report, _) = scan(project.path(), project.cargo_home(), &[]).await;
    assert!(told(&report, "DRF02").is_empty(), "{report}");
    assert_eq!(passed_over(&report, "DRF02"), 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cargo_remembers_of_a_mirror_is_not_taken_for_the_registry() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    let (report, _) = scan(project.path(), project.cargo_home(), &[]).await;
    assert_eq!(report["summary"]["facts"], Value::Null);
    assert_eq!(passed_over(&report, "DRF02"), 3, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_cache_is_no_cache() {
    let upstream = upstream();
    let project = locked(&upstream).await;
    as_the_default_registry(project.cargo_home(), &upstream.sparse_index());
    let entry = folder_of(project.cargo_home(), CRATES_IO_HTTP_INDEX).join(".cache/sh/ar/shared");
    assert!(entry.is_file());
    fs::write(entry, b"\x03\x02\0\0\0etag: x\0one\0").unwrap();
    let (report, ran) = scan(project.path(), project.cargo_home(), &[]).await;
    assert!(ran.err.is_empty(), "{ran:?}");
    assert_eq!(passed_over(&report, "DRF02"), 1, "{report}");
}
