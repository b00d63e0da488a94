//! The policy of a server, as whoever runs it sees it.

#[path = "support/client.rs"]
mod client;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use depaudit_testkit::{CrateFile, FakeUpstream};
use server::{Server, get};

const DENY: &str = "[[door.deny]]\npackage = 'foo'\nreason = 'it phones home'\n";
const FOO: &str = "/t/payments/crates-io/crates/foo/1.0.0/download";

/// Asks again until the answer is the one that is waited for; each attempt talks to the server.
async fn until(server: &Server, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, text) = get(server, path).await;
        if wanted(status, &text) {
            return text;
        }
        assert!(Instant::now() < deadline, "{path}: still {status} {text}");
        tokio::task::yield_now().await;
    }
}

/// The one line that tells which policy is in force.
fn info(metrics: &str) -> String {
    let lines: Vec<_> =
        metrics.lines().filter(|line| line.starts_with("depaudit_policy_info{")).collect();
    assert_eq!(lines.len(), 1, "{metrics}");
    lines.concat()
}

#[tokio::test]
async fn a_policy_is_enforced_from_the_start_and_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("depaudit.toml");
    let advisories = folder.path().join("advisory-db");
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    fs::write(&policy, DENY).unwrap();
    fs::create_dir_all(advisories.join("crates/bar")).unwrap();
    fs::write(
        advisories.join("crates/bar/RUSTSEC-2026-0001.md"),
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"bar\"\n\
         date = \"2026-02-01\"\n[versions]\npatched = []\n```\n# It leaks\n",
    )
    .unwrap();
    let data = folder.path().join("data");
    let flags =
        ["--policy", policy.to_str().unwrap(), "--advisories", advisories.to_str().unwrap()];
    let server = Server::start(&data, &upstream, &flags);
    let (status, text) = get(&server, FOO).await;
    assert_eq!(status, 403, "{text}");
    assert!(text.contains("why: it phones home"), "{text}");

    fs::write(&policy, "[[door.deny]]\npackage = 'foo'\n").unwrap();
    let ready = until(&server, "/readyz", |_, text| text.contains("\"policy_is_old\":true")).await;
    assert!(ready.contains("\"store_writable\":true"), "{ready}");
    assert_eq!(get(&server, FOO).await.0, 403, "the old policy stays in force");
    let (_, metrics) = get(&server, "/metrics").await;
    for expected in [
        "depaudit_policy_broken 1\n",
        "depaudit_policy_revision 1\n",
        r#"depaudit_policy_reloads_total{result="broken"} 1"#,
        r#"depaudit_policy_decisions_total{rule="denied",decision="deny"} 2"#,
    ] {
        assert!(metrics.contains(expected), "{expected} in\n{metrics}");
    }
    let before = info(&metrics);

    fs::write(&policy, "# nothing is denied\n").unwrap();
    until(&server, FOO, |status, _| status == 200).await;
    let (_, ready) = get(&server, "/readyz").await;
    assert!(ready.contains("\"policy_is_old\":false"), "{ready}");
    let (_, metrics) = get(&server, "/metrics").await;
    assert!(metrics.contains("depaudit_policy_broken 0\n"), "{metrics}");
    assert!(metrics.contains("depaudit_policy_read_age_seconds"), "{metrics}");
    assert_ne!(info(&metrics), before, "one policy, another one");

    server.signal("-TERM");
    let (ended, log) = server.end();
    assert!(ended.success(), "{log}");
    assert!(log.contains("depaudit.toml:1:1: missing field `reason`"), "{log}");
    let listed = Command::new(env!("CARGO_BIN_EXE_depaudit"))
        .args(["log", "--kind", "policy-changed", "--json", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("the old rules stay in force"), "{listed}");
}

#[test]
fn a_server_does_not_begin_with_fewer_rules_than_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, "[[door.deny]]\npackage = 'foo'\n").unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir_all(empty.join("crates")).unwrap();
    for (flag, path, wanted) in [
        ("--policy", &broken, "broken.toml:1:1: missing field `reason`"),
        ("--policy", &folder.path().join("none.toml"), "cannot read the policy"),
        ("--advisories", &empty, "holds no advisory"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_depaudit"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg(flag)
            .arg(path)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(wanted), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_that_another_one_on_its_data_goes_by_another_policy() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) = (file("one.toml", DENY), file("two.toml", "# nothing is denied\n"));
    let data = folder.path().join("data");
    let first = Server::start(&data, &upstream, &["--policy", &one]);
    // By the same policy they are at one.
    let same = Server::start(&data, &upstream, &["--policy", &one]);
    until(&same, FOO, |status, _| status == 403).await;
    let (_, ready) = get(&first, "/readyz").await;
    assert!(ready.contains("\"policy_contested\":false"), "{ready}");
    drop(same);
    let other = Server::start(&data, &upstream, &["--policy", &two]);
    until(&first, "/readyz", |status, text| {
        status == 200 && text.contains("\"policy_contested\":true")
    })
    .await;
    let (_, page) = get(&first, "/policy").await;
    assert!(page.contains("Another server on the same data goes by another policy"), "{page}");
    let (_, ready) = get(&other, "/readyz").await;
    assert!(ready.contains("\"policy_contested\":false"), "its word is the last one: {ready}");

    // The first one comes to the same policy, and they are at one again.
    fs::write(&one, "# nothing is denied\n").unwrap();
    until(&first, "/readyz", |_, text| text.contains("\"policy_contested\":false")).await;
    let (_, page) = get(&first, "/policy").await;
    assert!(!page.contains("Another server on the same data"), "{page}");
    first.signal("-TERM");
    let (_, log) = first.end();
    assert!(log.contains("another server on the same data goes by another policy"), "{log}");
}
