//! `depaudit waiver` beside a running server.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::time::{Duration, Instant};

use cli_support::{Ran, paste, run};
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_testkit::{CrateFile, FakeUpstream};
use server::Server;

async fn status(server: &Server) -> u16 {
    let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
    client::get(url).send().await.unwrap().status().as_u16()
}

/// Asks until the answer is `expected`: the server reads the waivers twice a second.
async fn becomes(server: &Server, expected: u16) {
    let begun = Instant::now();
    while status(server).await != expected {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never became {expected}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_opens_and_closes_a_door_while_the_server_runs() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(
        data.path().join("policy.toml"),
        "[[door.deny]]\npackage = 'foo'\nreason = 'it leaks'\n",
    )
    .unwrap();
    let policy = data.path().join("policy.toml");
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &["--policy", policy.to_str().unwrap()]);
    assert_eq!(status(&server).await, 403);
    let done = |arguments: &[&str]| {
        let ran = run(data.path(), &[&["waiver"], arguments, &["--data", "."]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        ran.out
    };
    let queue = done(&["queue"]);
    assert!(queue.contains("foo@1.0.0") && queue.contains("it leaks"), "{queue}");
    let add = ["add", "foo@1.0.0", "--team", "payments", "--owner", "ann"];
    let more = ["--reason", "a release tonight", "--expires", "30d", "--policy", "policy.toml"];
    let printed = done(&[&add[..], &more].concat());
    let id = printed.split_whitespace().nth(1).unwrap().to_owned();
    assert!(printed.contains("is granted: foo =1.0.0 for payments"), "{printed}");
    assert!(printed.contains("lifts every rule but checksum and upstream-changed"), "{printed}");
    becomes(&server, 200).await;
    let listed = done(&["list"]);
    assert!(listed.contains(&id) && listed.contains("(30 days)"), "{listed}");
    let queue = done(&["queue"]);
    assert!(queue.contains("nothing waits"), "people are told so: {queue:?}");
    assert_eq!(done(&["queue", "--json"]), "", "and programs get an empty list");

    done(&["end", &id, "--reason", "migrated"]);
    becomes(&server, 403).await;
    assert!(!done(&["list"]).contains(&id));
    assert!(done(&["list", "--all"]).contains(&id));
    let log = run(data.path(), &["log", "--json", "--data", "."]).out;
    for kind in ["waiver-proposed", "waiver-granted", "waiver-ended"] {
        assert!(log.contains(kind), "{kind} is on record");
    }
    assert!(log.contains("local:"), "and who did it");

    let refused = run(data.path(), &["waiver", "end", &id, "--data", "."]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("has ended already"), "{refused:?}");
    // What is kept of it is what is on record of it, a running server or not.
    let verified = run(data.path(), &["ledger", "verify", "--data", "."]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// The first command between backticks.
fn printed(text: &str) -> &str {
    text.split('`').nth(1).unwrap()
}

#[test]
fn what_a_command_says_to_run_next_works_as_it_is_pasted() {
    let home = tempfile::tempdir().unwrap();
    // A place that a shell would take for two, and a usual one that holds nothing.
    let data = home.path().join("the server's data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(home.path().join("the policy.toml"), "[door]\ntwo-person-waivers = true\n")
        .unwrap();
    drop(SqliteAuditLog::open(&data).unwrap());
    drop(SqliteMetaStore::open(&data).unwrap());
    let waiver = |arguments: &[&str]| -> Ran {
        let place = ["--data", "the server's data", "--policy", "the policy.toml"];
        run(home.path(), &[&["waiver"], arguments, &place].concat())
    };
    let about = ["add", "foo@1.0.0", "--team", "payments", "--owner", "ann", "--reason", "r"];
    let added = waiver(&[&about[..], &["--expires", "30d"]].concat());
    let granted = paste(home.path(), printed(&added.out));
    assert!(granted.err.contains("was proposed by you"), "it was found: {added:?} {granted:?}");

    let unknown = waiver(&["end", "0000000000"]);
    let listed = paste(home.path(), printed(&unknown.err));
    assert_eq!(listed.code, Some(0), "{unknown:?} {listed:?}");
    assert!(listed.out.contains("foo =1.0.0"), "{listed:?}");
    let unasked = waiver(&["dismiss", "foo@1.0.0", "--reason", "r"]);
    let queue = paste(home.path(), printed(&unasked.err));
    assert_eq!(queue.code, Some(0), "{unasked:?} {queue:?}");
    let data = ["--data", "the server's data"];
    let token = run(home.path(), &[&["token", "revoke", "000000000000"], &data[..]].concat());
    let tokens = paste(home.path(), printed(&token.err));
    assert_eq!(tokens.code, Some(0), "{token:?} {tokens:?}");
    let traced = run(home.path(), &[&["trace", "bar"], &data[..]].concat());
    let next = traced.out.trim_end().rsplit(": ").next().unwrap();
    let blast = paste(home.path(), next);
    assert_eq!(blast.code, Some(1), "nobody locks it: {traced:?} {blast:?}");
}

#[test]
fn a_waiver_says_which_rules_it_lifts_and_proof_is_lifted_by_none() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("policy.toml"), "").unwrap();
    drop(SqliteAuditLog::open(data.path()).unwrap());
    drop(SqliteMetaStore::open(data.path()).unwrap());
    let waiver =
        |arguments: &[&str]| run(data.path(), &[&["waiver"], arguments, &["--data", "."]].concat());
    let add = |rules: &[&str]| {
        let about = ["add", "foo@1.0.0", "--team", "payments", "--owner", "ann", "--reason"];
        let more = ["ticket 12", "--expires", "30d", "--policy", "policy.toml"];
        waiver(&[&about[..], &more, rules].concat())
    };
    let named = add(&["--rule", "upstream-changed", "--rule", "licence"]);
    assert!(named.out.contains("lifts upstream-changed, licence"), "{named:?}");
    let listed = waiver(&["list"]);
    assert!(listed.out.contains("LIFTS"), "{listed:?}");
    assert!(listed.out.contains("upstream-changed, licence"), "{listed:?}");
    let json: serde_json::Value = serde_json::from_str(&waiver(&["list", "--json"]).out).unwrap();
    let lifts = serde_json::json!(["upstream-changed", "licence"]);
    assert_eq!(json["release"]["lifts"], lifts, "{json}");
    let log = run(data.path(), &["log", "--json", "--data", "."]).out;
    assert!(log.contains("lifts upstream-changed, licence, until"), "{log}");

    let refused = add(&["--rule", "checksum"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("never pass"), "{refused:?}");
    let mistyped = add(&["--rule", "licences"]);
    assert!(mistyped.err.contains("expected one of upstream-changed, denied"), "{mistyped:?}");
}
