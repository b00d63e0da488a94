//! `/t/{team}/{registry}/why/...`, and `depaudit why`: the doors explain themselves.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/policy.rs"]
mod policy;
mod support;

use cli_support::run;
use depaudit_model::event::EventKind;
use depaudit_proxy::settings::{Authentication, Settings};
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::enforce;
use serde_json::Value;
use support::Service;

const POLICY: &str = "\
    [door]\ncontact = 'room 4'\n\
    [[door.deny]]\npackage = 'foo'\nversion = '=1.1.0'\nreason = 'it leaks'\n\
    [[door.deny]]\npackage = 'foo'\nversion = '=1.2.0'\nreason = 'for now'\nteam = 'payments'\n\
    block = 'soft'\n";

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    upstream
}

async fn why(service: &Service, path: &str) -> Value {
    let answer = service.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doors_say_what_each_rule_saw_in_the_words_of_the_refusal() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, POLICY);
    let denied = why(&service, "why/foo/1.1.0").await;
    assert_eq!(denied["schema"], "depaudit.why/1");
    assert_eq!(denied["release"]["outcome"], "hard");
    assert_eq!(denied["newest_allowed"], "1.0.0");
    let refused = service.get("crates/foo/1.1.0/download").await;
    assert_eq!(refused.status, 403);
    assert_eq!(denied["release"]["refusal"], refused.text().trim_end(), "the same text at both");

    let held = why(&service, "why/foo/1.2.0").await;
    assert_eq!(held["release"]["outcome"], "soft");
    assert_eq!(held["release"]["decided"]["rule"], "denied");
    let allowed = why(&service, "why/foo/1.0.0").await;
    assert_eq!(allowed["release"]["outcome"], "allowed");
    assert!(allowed["release"]["refusal"].is_null());
    let looked = allowed["release"]["looked"].as_array().unwrap();
    assert!(looked.iter().any(|look| look["rule"] == "denied" && look["result"] == "passed"));
    // What nobody configured did not pass: it had nothing to look for.
    for rule in ["advisory", "not-allowed", "minimum-age", "licence", "size", "lookalike"] {
        let look = looked.iter().find(|look| look["rule"] == rule).unwrap();
        assert_eq!(look["result"], "nothing-to-look-for", "{look}");
    }
    assert_eq!(allowed["release"]["stored"], false);
    service.get("crates/foo/1.0.0/download").await;
    assert_eq!(why(&service, "why/foo/1.0.0").await["release"]["stored"], true);

    let all = why(&service, "why/foo").await;
    let versions: Vec<_> = all["versions"].as_array().unwrap().iter().collect();
    let outcomes: Vec<_> = versions.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["soft", "hard", "allowed"]);
    assert_eq!(service.get("why/nothing").await.status, 404);
    // Asking is not receiving: no view is on record for it, and no crate was fetched for it.
    assert!(service.events_of(EventKind::IndexServed).await.is_empty());
    assert_eq!(service.events_of(EventKind::FirstSeen).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_have_the_crate_is_not_told_either() {
    let upstream = upstream();
    let required = |settings: &mut Settings| settings.authentication = Authentication::Required;
    let service = Service::with(&upstream, required).await;
    assert_eq!(service.get("why/foo/1.0.0").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_asks_a_server_or_the_stores_and_says_the_same() {
    let upstream = upstream();
    let service = Service::before(&upstream).await;
    enforce(&service, POLICY);
    assert_eq!(service.get("index/3/f/foo").await.status, 200);
    std::fs::write(service.folder().join("depaudit.toml"), POLICY).unwrap();
    let server = format!("http://{}", service.address);
    let folder = service.folder().to_owned();
    let ask = move |what: &str, more: &[&str]| {
        let arguments = [&["why", what, "--team", "payments"], more].concat();
        run(&folder, &arguments)
    };
    let (online, offline) = tokio::task::spawn_blocking(move || {
        let online = ask("foo@1.1.0", &["--server", &server]);
        let offline = ask("foo@1.1.0", &["--data", ".", "--policy", "depaudit.toml"]);
        let all = ask("foo", &["--data", ".", "--policy", "depaudit.toml"]);
        assert_eq!(all.code, Some(0), "{all:?}");
        assert!(all.out.contains("1.2.0            held back"), "{all:?}");
        let unknown = ask("bar", &["--data", "."]);
        assert_eq!(unknown.code, Some(2), "{unknown:?}");
        (online, offline)
    })
    .await
    .unwrap();
    assert_eq!(online.code, Some(1), "{online:?}");
    assert!(online.out.contains("blocked"), "{online:?}");
    assert!(online.out.contains("| for a waiver, ask room 4"), "{online:?}");
    let without = |text: &str| {
        let line = |line: &&str| !line.contains("since") && !line.starts_with("judged by");
        text.lines().filter(line).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without(&online.out), without(&offline.out));
}
