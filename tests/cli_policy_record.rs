//! What the record says of the policy in force: once for each change, also over restarts.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;

use cli_support::run;
use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record};
use depaudit_testkit::{CrateFile, FakeUpstream};
use serde_json::Value;
use server::{Server, get};

struct House {
    folder: tempfile::TempDir,
    upstream: FakeUpstream,
}

impl House {
    fn new() -> Self {
        let upstream = FakeUpstream::start();
        upstream.publish(CrateFile::new("foo", "1.0.0"));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.toml"), "[door]\ncontact = 'room 4'\n").unwrap();
        fs::write(folder.path().join("two.toml"), "[door]\ncontact = 'room 5'\n").unwrap();
        Self { folder, upstream }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Serves by this policy for as long as one question takes; tells since when that is in force.
    async fn since(&self, policy: Option<&str>) -> String {
        let file = policy.map(|name| self.path().join(name));
        let flags = file.iter().flat_map(|file| ["--policy", file.to_str().unwrap()]);
        let flags: Vec<_> = flags.collect();
        let server = Server::start(&self.path().join("data"), &self.upstream, &flags);
        let (status, _) = get(&server, "/t/payments/crates-io/index/3/f/foo").await;
        assert_eq!(status, 200);
        let (status, why) = get(&server, "/t/payments/crates-io/why/foo/1.0.0").await;
        assert_eq!(status, 200, "{why}");
        server.signal("-TERM");
        assert!(server.end().0.success());
        let why: Value = serde_json::from_str(&why).unwrap();
        why["since"].as_str().unwrap().to_owned()
    }

    /// Vouches for what was put on record without the ledger's key.
    fn accept(&self) {
        let accept = ["ledger", "accept", "--reason", "a story", "--yes", "--data", "data"];
        let ran = run(self.path(), &accept);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }

    fn changes(&self) -> Vec<Value> {
        let kind = ["log", "--kind", "policy-changed", "--json", "--data", "data"];
        let listed = run(self.path(), &kind);
        listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_no_change_of_the_policy_and_is_not_said_to_be_one() {
    let house = House::new();
    let first = house.since(Some("one.toml")).await;
    assert_eq!(house.since(Some("one.toml")).await, first, "in force since it was put in force");
    assert_eq!(house.changes().len(), 1);
    // Behind so many events that nobody looks for it there.
    let log = SqliteAuditLog::open(&house.path().join("data")).unwrap();
    let event =
        |_| Record { event: Event::new(EventKind::Administration, Timestamp::EPOCH), client: None };
    log.append((0..1_200).map(event).collect()).await.unwrap();
    log.close().await.unwrap();
    house.accept();
    assert_eq!(house.since(Some("one.toml")).await, first);
    assert_eq!(house.changes().len(), 1);

    assert_ne!(house.since(Some("two.toml")).await, first);
    let again = house.since(Some("one.toml")).await;
    assert_ne!(again, first, "another stretch of the same policy");
    assert_eq!(house.since(Some("one.toml")).await, again);
    assert_eq!(house.changes().len(), 3);
    house.since(None).await;
    house.since(None).await;
    let changes = house.changes();
    assert_eq!(changes.len(), 4, "that there is none any more is said once");
    assert!(
        changes.iter().any(|it| it["detail"] == "no policy is in force any more"),
        "{changes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_the_record_does_not_bear_out_is_none() {
    let house = House::new();
    let first = house.since(Some("one.toml")).await;
    // As after a crash between what was put on record and its mark.
    let log = SqliteAuditLog::open(&house.path().join("data")).unwrap();
    let mut other = Event::new(EventKind::PolicyChanged, Timestamp::from_millis(1_000));
    other.policy = Some(depaudit_model::Checksum::of(b"another policy"));
    log.append(vec![Record { event: other, client: None }]).await.unwrap();
    log.close().await.unwrap();
    house.accept();
    assert_ne!(house.since(Some("one.toml")).await, first);
    assert_eq!(house.changes().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_a_data_folder_by_another_policy_than_its_server_is_told_so() {
    let house = House::new();
    let since = house.since(Some("one.toml")).await;
    let why = |more: &[&str]| {
        run(house.path(), &[&["why", "foo@1.0.0", "--data", "data"], more].concat())
    };
    let none = why(&[]);
    assert!(none.out.contains("judged by no policy"), "{none:?}");
    assert!(none.out.contains("not what the server answers"), "{none:?}");
    assert!(none.out.contains(&format!("is in force since {since}")), "{none:?}");
    assert!(none.out.contains("--policy") && none.out.contains("--server"), "{none:?}");
    let other = why(&["--policy", "two.toml"]);
    assert!(other.out.contains("not what the server answers"), "{other:?}");
    let same = why(&["--policy", "one.toml"]);
    assert!(same.out.contains("judged by the policy "), "{same:?}");
    assert!(!same.out.contains("not what the server answers"), "{same:?}");
    assert!(same.out.contains("advisory: nothing to look for"), "{same:?}");

    let json: Value = serde_json::from_str(&why(&["--policy", "one.toml", "--json"]).out).unwrap();
    assert_eq!((&json["on_record"]["policy"], &json["since"]), (&json["policy"], &since.into()));
}
