//! `depaudit policy replay`: what was decided, decided again by other rules.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/policy.rs"]
mod policy;
mod support;
#[path = "support/token.rs"]
mod token;

use std::fs;
use std::path::Path;
use std::time::Duration;

use cli_support::{Ran, run};
use depaudit_model::TokenScope;
use depaudit_proxy::settings::Authentication;
use depaudit_store::MetaStore;
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::enforce;
use serde_json::Value;
use support::{Answer, Service, Stopped};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DENY: &str = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it phones home'\n";

/// `foo` 1.0.0 is a year old, 1.1.0 one day, on a day in the past: whatever the clock of this machine
/// says, what was young then is old now.
async fn service(upstream: &FakeUpstream) -> Service {
    upstream.publish(CrateFile::new("foo", "1.0.0").published_at("2019-03-01T12:00:00Z"));
    upstream.publish(CrateFile::new("foo", "1.1.0").published_at("2020-02-29T12:00:00Z"));
    let service = Service::before(upstream).await;
    service.clock.set("2020-03-01T12:00:00Z".parse().unwrap());
    service
}

/// Gets a crate in a team's name; the status.
async fn get(service: &Service, team: &str, version: &str) -> u16 {
    let path = format!("/t/{team}/crates-io/crates/foo/{version}/download");
    Answer::of(service.raw(reqwest::Method::GET, &path)).await.status
}

/// Replays everything under a policy.
fn replay(data: &Path, policy: &str, more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("new.toml"), data.to_str().unwrap());
    fs::write(&file, policy).unwrap();
    let files = ["--policy", "new.toml", "--since", "2020-01-01T00:00:00Z", "--data", data];
    run(folder.path(), &[&["policy", "replay"], &files[..], more].concat())
}

fn json(stopped: &Stopped, policy: &str, more: &[&str]) -> (Option<i32>, Value) {
    let ran = replay(stopped.folder(), policy, &[more, &["--json"]].concat());
    let report = serde_json::from_str(&ran.out);
    (ran.code, report.unwrap_or_else(|error| panic!("{error}: {ran:?}")))
}

fn rows<'r>(report: &'r Value, key: &str) -> &'r [Value] {
    report[key].as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn what_was_served_and_would_be_denied_is_named_with_who_got_it_and_when() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    for team in ["payments", "billing", "payments"] {
        assert_eq!(get(&service, team, "1.1.0").await, 200);
        service.clock.advance(DAY);
    }
    assert_eq!(get(&service, "payments", "1.0.0").await, 200);
    let stopped = service.stop().await;
    let (code, report) = json(&stopped, DENY, &[]);
    assert_eq!((code, &report["schema"]), (Some(1), &"depaudit.replay/1".into()));
    assert_eq!(report["decisions"]["served"], 4, "{report}");
    let denied = rows(&report, "would_be_denied");
    let teams: Vec<_> = denied.iter().map(|row| row["team"].as_str().unwrap()).collect();
    assert_eq!(teams, ["billing", "payments"], "{report}");
    let row = &denied[1];
    assert_eq!((&row["crate"], &row["version"]), (&"foo".into(), &"1.1.0".into()));
    assert_eq!((&row["rule"], &row["block"]), (&"denied".into(), &"hard".into()));
    assert_eq!(row["judged"], "now");
    assert!(row["why"].as_str().unwrap().starts_with("it phones home"), "{row}");
    assert_eq!(row["served"]["times"], 2);
    assert_eq!(row["served"]["first"], "2020-03-01T12:00:00.000Z");
    assert_eq!(row["served"]["last"], "2020-03-03T12:00:00.000Z");

    let (code, report) = json(&stopped, DENY, &["--team", "search"]);
    assert_eq!((code, &report["decisions"]["read"]), (Some(0), &0.into()), "{report}");
    let ran = replay(stopped.folder(), DENY, &[]);
    assert_eq!(ran.code, Some(1));
    let line = ran.out.lines().find(|line| line.contains("payments")).unwrap();
    let words: Vec<_> = line.split_whitespace().take(8).collect();
    let wanted =
        ["denied", "(hard)", "now", "foo@1.1.0", "payments", "2", "2020-03-01", "2020-03-03"];
    assert_eq!(words, wanted, "{}", ran.out);
}

#[tokio::test]
async fn whoever_showed_a_token_is_named() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let required = |settings: &mut depaudit_proxy::settings::Settings| {
        settings.authentication = Authentication::Required;
    };
    let service = Service::with(&upstream, required).await;
    let token = token::token(&service, "payments", TokenScope::Read).await;
    let request = service.request("crates/foo/1.1.0/download");
    let answer = Answer::of(request.header("authorization", token.expose())).await;
    assert_eq!(answer.status, 200);
    let stopped = service.stop().await;
    let (_, report) = json(&stopped, DENY, &[]);
    let principals = rows(&report["would_be_denied"][0], "principals");
    assert_eq!(principals.len(), 1, "{report}");
    assert!(principals[0].as_str().unwrap().ends_with(" ci"), "{report}");
    assert!(!report.to_string().contains(token.expose()), "{report}");
}

#[tokio::test]
async fn a_minimum_age_is_judged_by_the_moment_of_the_service_as_well() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    assert_eq!(get(&service, "payments", "1.1.0").await, 200);
    assert_eq!(get(&service, "payments", "1.0.0").await, 200);
    service.clock.advance(9 * DAY);
    assert_eq!(get(&service, "billing", "1.1.0").await, 200);
    let stopped = service.stop().await;
    let policy = "[door.minimum-age-days]\ncrates-io = 3\n";
    let (code, report) = json(&stopped, policy, &[]);
    assert_eq!(code, Some(1));
    let [row] = rows(&report, "would_be_denied") else { panic!("{report}") };
    assert_eq!((&row["team"], &row["rule"]), (&"payments".into(), &"minimum-age".into()));
    assert_eq!(row["judged"], "when-served", "today it is old enough");
    assert_eq!(row["until"], "2020-03-03T12:00:00.000Z");
    let people = replay(stopped.folder(), policy, &[]).out;
    assert!(people.contains("minimum-age (soft)  then"), "{people}");
    assert!(people.contains("then: too young when it was first served"), "{people}");
}

#[tokio::test]
async fn what_was_held_back_already_is_no_news_until_it_would_be_refused() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    let age = "[door.minimum-age-days]\ncrates-io = 3\n";
    enforce(&service, age);
    assert_eq!(get(&service, "payments", "1.1.0").await, 200, "locked builds go on");
    let stopped = service.stop().await;
    let (code, report) = json(&stopped, age, &[]);
    assert_eq!((code, rows(&report, "would_be_denied")), (Some(0), &[][..]), "{report}");
    let ran = replay(stopped.folder(), age, &[]);
    assert!(ran.out.ends_with("nothing would be decided otherwise\n"), "{ran:?}");
    let (code, report) = json(&stopped, DENY, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(report["would_be_denied"][0]["held_back"]["times"], 1, "{report}");
}

#[tokio::test]
async fn what_was_refused_and_would_be_served_is_told_too_but_wrong_bytes_never_pass() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    enforce(&service, DENY);
    assert_eq!(get(&service, "payments", "1.1.0").await, 403);
    upstream.replace_archive("foo", "1.0.0", "other bytes");
    assert_eq!(get(&service, "payments", "1.0.0").await, 502);
    let stopped = service.stop().await;
    let (code, report) = json(&stopped, "# nothing is denied\n", &[]);
    assert_eq!(code, Some(0), "nothing that was served would be denied: {report}");
    assert_eq!(report["decisions"]["wrong_bytes"], 1, "{report}");
    let [row] = rows(&report, "would_pass") else { panic!("{report}") };
    assert_eq!((&row["version"], &row["refused"]["times"]), (&"1.1.0".into(), &1.into()));
    assert_eq!(row["was"]["rule"], "denied");
    assert!(row["was"]["why"].as_str().unwrap().starts_with("it phones home"), "{row}");
    assert_eq!(rows(&json(&stopped, DENY, &[]).1, "would_pass"), &[] as &[Value]);
}

#[tokio::test]
async fn another_advisory_database_finds_what_was_served_before_anybody_knew() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    assert_eq!(get(&service, "payments", "1.0.0").await, 200);
    assert_eq!(get(&service, "payments", "1.1.0").await, 200);
    let stopped = service.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("crates/foo");
    fs::create_dir_all(&database).unwrap();
    let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2020-0001\"\npackage = \"foo\"\n\
                    date = \"2020-03-02\"\n[versions]\npatched = [\">=1.1\"]\n```\n# It leaks\n";
    fs::write(database.join("RUSTSEC-2020-0001.md"), advisory).unwrap();
    let database = folder.path().to_str().unwrap();
    let (code, report) = json(&stopped, "", &["--advisories", database]);
    assert_eq!((code, &report["advisories"]), (Some(1), &1.into()));
    let [row] = rows(&report, "would_be_denied") else { panic!("{report}") };
    assert_eq!((&row["version"], &row["rule"]), (&"1.0.0".into(), &"advisory".into()));
    assert_eq!((&row["block"], &row["why"]), (&"soft".into(), &"RUSTSEC-2020-0001".into()));
}

#[tokio::test]
async fn what_the_stores_do_not_hold_any_more_is_not_known_and_never_fine() {
    let upstream = FakeUpstream::start();
    let service = service(&upstream).await;
    assert_eq!(get(&service, "payments", "1.0.0").await, 200);
    let stopped = service.stop().await;
    let licences =
        "[door]\nlicences = ['Apache-2.0']\n[[door.rule]]\nrule = 'yanked'\nmode = 'off'\n";
    let (code, report) = json(&stopped, licences, &[]);
    let [row] = rows(&report, "would_be_denied") else { panic!("{report}") };
    assert_eq!((code, &row["rule"]), (Some(1), &"licence".into()), "{report}");
    let data = stopped.folder().to_str().unwrap();
    let purged = run(stopped.folder(), &["cache", "purge", "foo@1.0.0", "--data", data]);
    assert_eq!(purged.code, Some(0), "{purged:?}");
    let (code, report) = json(&stopped, licences, &[]);
    assert_eq!((code, rows(&report, "would_be_denied")), (Some(0), &[][..]), "{report}");
    let [row] = rows(&report, "not_known") else { panic!("{report}") };
    assert_eq!((&row["rule"], &row["lacking"]), (&"licence".into(), &"crate".into()));

    let meta = SqliteMetaStore::open(stopped.folder()).unwrap();
    meta.forget_index(&depaudit_model::RegistryName::crates_io(), None).await.unwrap();
    meta.close().await.unwrap();
    let age = "[door.minimum-age-days]\ncrates-io = 3\n";
    let (code, report) = json(&stopped, age, &[]);
    assert_eq!((code, rows(&report, "would_be_denied")), (Some(0), &[][..]), "{report}");
    assert_eq!(report["not_known"][0]["lacking"], "index-entry", "{report}");
    let people = replay(stopped.folder(), age, &[]).out;
    assert!(people.contains("its index entry is not stored any more"), "{people}");
    // What needs no index entry is decided all the same.
    let denied = "[[door.deny]]\npackage = 'foo'\nreason = 'no'\n";
    assert_eq!(rows(&json(&stopped, denied, &[]).1, "would_be_denied").len(), 1);
}

#[test]
fn a_replay_wants_a_record_and_something_to_try() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["policy", "replay", "--data", "."]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--policy"), "{ran:?}");
    let ran = replay(folder.path(), DENY, &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!folder.path().join("meta.sqlite").exists(), "a mistyped folder stays as it is");
}
