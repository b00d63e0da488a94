//! `depaudit trace` and `depaudit ledger forget`, on what a real proxy has put on record.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/policy.rs"]
mod policy;
mod support;
#[path = "support/token.rs"]
mod token;

use std::path::Path;
use std::time::Duration;

use cli_support::{Ran, run};
use depaudit_model::TokenScope;
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::enforce;
use serde_json::Value;
use support::{Answer, Service, Stopped};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn trace(stopped: &Stopped, arguments: &[&str]) -> Ran {
    let data = stopped.folder().to_str().unwrap();
    run(stopped.folder(), &[&["trace", "--data", data], arguments].concat())
}

fn json(stopped: &Stopped, arguments: &[&str]) -> Value {
    let ran = trace(stopped, &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// Gets a crate in a team's name.
async fn get(service: &Service, team: &str, version: &str) -> Answer {
    let path = format!("/t/{team}/crates-io/crates/foo/{version}/download");
    let answer = Answer::of(service.raw(reqwest::Method::GET, &path)).await;
    service.clock.advance(HOUR);
    answer
}

/// Two teams, two versions, a denial, an upstream that changes its mind: the hours say when.
async fn story(upstream: &FakeUpstream) -> (Stopped, String) {
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let service = Service::before(upstream).await;
    assert_eq!(get(&service, "payments", "1.0.0").await.status, 200, "12:00");
    assert_eq!(get(&service, "payments", "1.0.0").await.status, 200, "13:00");
    assert_eq!(get(&service, "search", "1.0.0").await.status, 200, "14:00");
    assert_eq!(get(&service, "payments", "1.1.0").await.status, 200, "15:00");
    enforce(&service, "[[door.deny]]\npackage = 'foo'\nversion = '=1.0.0'\nreason = 'it leaks'\n");
    let denied = get(&service, "search", "1.0.0").await;
    assert_eq!(denied.status, 403, "16:00");
    upstream.replace_checksum("foo", "1.1.0", &"ab".repeat(32));
    assert_eq!(service.get("index/3/f/foo").await.status, 200, "17:00");
    let request = denied.header("x-served-by").unwrap().replace("depaudit ", "");
    (service.stop().await, request)
}

fn rows<'r>(value: &'r Value, key: &str) -> &'r [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn a_fault_is_traced_to_everybody_who_received_it() {
    let upstream = FakeUpstream::start();
    let (stopped, _) = story(&upstream).await;
    let report = json(&stopped, &["Foo@1.0.0"]);
    assert_eq!(report["schema"], "depaudit.trace/1");
    let [release] = rows(&report, "releases") else { panic!("{report}") };
    assert_eq!(release["first_seen"]["time"], "2026-03-01T12:00:00.000Z");
    assert_eq!(release["first_seen"]["source"], "127.0.0.1");
    assert_eq!(release["checksums"], serde_json::json!([release["first_seen"]["sha256"]]));
    assert_eq!(release["upstream"]["says"], "same", "{release}");
    let decided: Vec<_> = rows(release, "decisions")
        .iter()
        .map(|row| {
            (row["team"].as_str().unwrap(), row["decision"].as_str().unwrap(), &row["count"])
        })
        .collect();
    let (one, two) = (Value::from(1), Value::from(2));
    let wanted = [("payments", "allow", &two), ("search", "allow", &one), ("search", "deny", &one)];
    assert_eq!(decided, wanted, "{release}");
    let denied = &rows(release, "decisions")[2];
    assert_eq!(denied["rule"], "denied");
    assert!(denied["policy"].is_string(), "{denied}");
    let [next] = rows(release, "replaced_by") else { panic!("{release}") };
    assert_eq!((&next["team"], &next["version"]), (&"payments".into(), &"1.1.0".into()));
    assert_eq!(next["first"], "2026-03-01T15:00:00.000Z");
    let told: Vec<_> =
        rows(&report, "timeline").iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(
        told,
        [
            "first-seen",
            "first-received",
            "last-received",
            "first-received",
            "received-next",
            "first-denied"
        ]
    );

    let people = trace(&stopped, &["foo@1.0.0"]);
    assert_eq!(people.code, Some(0), "{people:?}");
    assert!(people.out.starts_with("foo@1.0.0 of crates-io\n  first seen  2026-03-01 12:00:00"));
    assert!(people.out.contains("upstream    still says the same, asked "), "{people:?}");
    assert!(
        people.out.contains("  received by payments, search\n  refused to  search\n"),
        "{people:?}"
    );
    assert!(people.out.contains("who runs it   depaudit portfolio blast foo@1.0.0"), "{people:?}");
    // One download is no move of a whole team.
    assert!(people.out.contains("received-next") && !people.out.contains("replaced"), "{people:?}");
    let next = people.out.lines().find_map(|line| line.strip_prefix("how it ended  ")).unwrap();
    let pasted = cli_support::paste(Path::new("/"), next);
    assert!(pasted.out.contains("foo"), "{next}: {pasted:?}");
    let receipt = format!("prove foo@1.0.0 --team payments --data {}", stopped.folder().display());
    assert!(people.out.contains(&receipt), "{people:?}");
    let decided =
        people.out.lines().rfind(|line| line.starts_with("1.0.0") && line.contains("payments"));
    let line = decided.unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[..4], ["1.0.0", "payments", "allow", "2"], "{line}");
    assert_eq!(words.last(), Some(&"1.1.0"), "{line}");
}

#[tokio::test]
async fn a_conflict_a_team_a_digest_and_a_request_lead_to_the_same_story() {
    let upstream = FakeUpstream::start();
    let (stopped, request) = story(&upstream).await;
    let report = json(&stopped, &["foo@1.1.0"]);
    let [release] = rows(&report, "releases") else { panic!("{report}") };
    let [conflict] = rows(release, "conflicts") else { panic!("{release}") };
    assert_ne!(conflict["sha256"], release["first_seen"]["sha256"]);
    assert_eq!(release["upstream"]["says"], "otherwise");
    assert_eq!(rows(release, "checksums").len(), 1, "the other bytes went to nobody");

    let report = json(&stopped, &["foo", "--team", "search"]);
    let [with_1_0_0, _] = rows(&report, "releases") else { panic!("{report}") };
    assert!(rows(with_1_0_0, "decisions").iter().all(|row| row["team"] == "search"));
    // Whoever may see one team's receipts alone is told of no other.
    assert!(!report.to_string().contains("payments"), "{report}");
    let others = trace(&stopped, &[&request, "--team", "payments"]);
    assert_eq!(others.code, Some(1), "{others:?}");

    let sha256 = with_1_0_0["first_seen"]["sha256"].as_str().unwrap();
    let report = json(&stopped, &[&format!("sha256:{}", &sha256[..12])]);
    let [release] = rows(&report, "releases") else { panic!("{report}") };
    assert_eq!((&release["version"], rows(release, "decisions").len()), (&"1.0.0".into(), 3));

    let report = json(&stopped, &["--request", &request]);
    assert_eq!(json(&stopped, &[&request])["request"], report["request"], "as it was copied");
    let [event] = rows(&report["request"], "events") else { panic!("{report}") };
    assert_eq!((&event["team"], &event["decision"]), (&"search".into(), &"deny".into()));
    assert_eq!(report["releases"][0]["version"], "1.0.0");

    let sheet = trace(&stopped, &["foo", "--csv"]).out;
    let mut lines = sheet.lines();
    assert!(lines.next().unwrap().starts_with("crate,version,registry,sha256,team,"), "{sheet}");
    assert_eq!(lines.count(), 4, "{sheet}");

    let nothing = trace(&stopped, &["bar"]);
    let told = format!(
        "nothing is on record about it\nwho locks it all the same: depaudit portfolio blast bar --data {}\n",
        stopped.folder().display()
    );
    assert_eq!((nothing.code, nothing.out), (Some(1), told));
    let nothing = trace(&stopped, &["--request", "req-0000000000000000", "--json"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert_eq!(trace(&stopped, &[]).code, Some(2));
}

#[tokio::test]
async fn a_release_that_was_only_ever_refused_is_not_said_to_have_changed() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let service = Service::before(&upstream).await;
    enforce(&service, "[[door.deny]]\npackage = 'foo'\nreason = 'it leaks'\n");
    assert_eq!(get(&service, "search", "1.0.0").await.status, 403);
    assert_eq!(get(&service, "search", "1.1.0").await.status, 403);
    upstream.replace_checksum("foo", "1.1.0", &"ab".repeat(32));
    assert_eq!(service.get("index/3/f/foo").await.status, 200);
    let stopped = service.stop().await;
    let report = json(&stopped, &["foo"]);
    let [same, changed] = rows(&report, "releases") else { panic!("{report}") };
    assert_eq!(same["upstream"]["says"], "unserved", "{same}");
    assert_eq!(changed["upstream"]["says"], "otherwise", "it was pinned by its index: {changed}");
    let people = trace(&stopped, &["foo@1.0.0"]);
    let names = same["upstream"]["sha256"].as_str().unwrap();
    let told = format!("upstream    names sha256 {names}; nothing of it was served here, asked ");
    assert!(people.out.contains(&told), "{people:?}");
}

#[tokio::test]
async fn principals_are_told_apart_and_what_a_line_lifted_is_named() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0").published_at("2026-03-01T06:00:00Z"));
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    enforce(
        &service,
        "[door.minimum-age-days]\ncrates-io = 3\n\
         [[door.allow]]\npackage = 'foo'\nreason = 'ours'\nrules = ['minimum-age']\n",
    );
    let token = token::token(&service, "payments", TokenScope::Read).await;
    let request = service.request("crates/foo/1.0.0/download");
    let answer = Answer::of(request.header("authorization", token.expose())).await;
    assert_eq!(answer.status, 200);
    let report = json(&service.stop().await, &["foo"]);
    let [row] = rows(&report["releases"][0], "decisions") else { panic!("{report}") };
    assert!(row["principal"].as_str().unwrap().ends_with(" ci"), "{row}");
    let waiver = row["waiver"].as_str().unwrap();
    assert!(waiver.starts_with("minimum-age by depaudit.toml:"), "{waiver}");
    assert!(!report.to_string().contains(token.expose()), "{report}");
}

#[tokio::test]
async fn clients_are_forgotten_and_the_record_reads_on() {
    let upstream = FakeUpstream::start();
    let (stopped, _) = story(&upstream).await;
    let data = stopped.folder().to_str().unwrap();
    let forget = |more: &[&str]| {
        run(stopped.folder(), &[&["ledger", "forget", "--data", data], more].concat())
    };
    let log = || -> Vec<Value> {
        let ran = run(stopped.folder(), &["log", "--json", "--data", data]);
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let before = log();
    let of_search = |events: &[Value]| -> Vec<Value> {
        let events = events.iter().filter(|it| it["team"] == "search" && !it["client"].is_null());
        events.cloned().collect()
    };
    assert_eq!(of_search(&before).len(), 2);
    assert_eq!(forget(&[]).code, Some(2), "everybody's, by mistake");
    let looked = forget(&["--team", "search"]);
    assert_eq!(looked.out, "2 clients match; --yes erases them\n", "{looked:?}");
    assert_eq!(log(), before);
    let erased = forget(&["--team", "search", "--address", "127.0.0.1", "--yes"]);
    assert_eq!((erased.code, erased.out.as_str()), (Some(0), "erased: 2 clients\n"), "{erased:?}");

    let after = log();
    assert_eq!(after.len(), before.len() + 1);
    for event in of_search(&after) {
        assert_eq!(event["client_erased"], true, "{event}");
        assert!(event.get("address").is_none() && event["user_agent"].is_null(), "{event}");
    }
    let kept = after.iter().filter(|it| it.get("address").is_some()).count();
    assert!(kept >= 3, "what was not asked for stays: {kept}");
    let last = after.last().unwrap();
    assert_eq!((&last["kind"], &last["count"]), (&"administration".into(), &2.into()));
    assert!(!last.to_string().contains("127.0.0.1"), "the record is for good: {last}");
    assert_eq!(json(&stopped, &["foo@1.0.0"])["releases"][0]["decisions"][0]["count"], 2);
}
