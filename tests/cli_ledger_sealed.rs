//! Whoever can write the database and does not hold the ledger's key gets nothing signed.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/ledger.rs"]
mod record;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use cli_support::run;
use depaudit_ledger::{Checkpoint, SigningKey};
use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, EventFilter, EventOrder, KeptCheckpoint, Record};
use depaudit_testkit::{CrateFile, FakeUpstream};
use record::{done, download, ledger, recorded, signed};
use server::Server;

/// Puts events behind the record with all that belongs to them, as our own code does: the tree grows, and
/// nothing beside them contradicts them.
async fn slip_in(data: &Path, count: usize) -> u64 {
    let log = SqliteAuditLog::open(data).unwrap();
    let first = log.length().await.unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(now.as_millis().try_into().unwrap());
    let event = Event::new(EventKind::Administration, now).with_detail("it never happened");
    log.append(vec![Record { event, client: None }; count]).await.unwrap();
    log.close().await.unwrap();
    first
}

fn refused_start(data: &Path) -> String {
    // One that starts would never end.
    let mut serve = Command::new("timeout");
    serve.args(["20", env!("CARGO_BIN_EXE_depaudit"), "serve", "--listen", "127.0.0.1:0"]);
    let ran = serve.arg("--data").arg(data).output().unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{told}");
    told
}

/// Waits until a checkpoint has all that is on record.
async fn all_signed(server: &Server, data: &Path) {
    let length = SqliteAuditLog::open_read_only(data).unwrap().length().await.unwrap();
    signed(server, length).await;
}

/// Waits until the outcome of each download is on record: what comes later is nobody's but the server's.
async fn all_ended(data: &Path) {
    let log = SqliteAuditLog::open_read_only(data).unwrap();
    let begun = std::time::Instant::now();
    let count = async |kind| {
        let filter = EventFilter { kinds: vec![kind], ..EventFilter::default() };
        log.read(&filter, EventOrder::OldestFirst, 1_000).await.unwrap().len()
    };
    while count(EventKind::DownloadFinished).await < count(EventKind::DownloadDecided).await {
        assert!(begun.elapsed().as_secs() < 20, "an outcome is not on record");
    }
}

async fn signing_fails(server: &Server) {
    let begun = std::time::Instant::now();
    while !server::get(server, "/readyz").await.1.contains("\"signing_fails\":true") {
        assert!(begun.elapsed().as_secs() < 20, "it went on signing");
    }
}

fn fault(data: &Path) -> String {
    let ran = ledger(data, &["verify", "--data", "."]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    ran.out
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_what_is_slipped_in_while_the_server_is_stopped_is_never_signed() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 40).await;
    for count in [1, 300] {
        let first = slip_in(data.path(), count).await;
        let named = format!("vouches for the events from {first} on");
        let told = refused_start(data.path());
        assert!(told.contains(&named) && told.contains("ledger accept"), "{told}");
        let told = fault(data.path());
        assert!(told.contains(&format!("the events from {first} on are not signed for")), "{told}");
        // Nor by a command that has something to put on record.
        let token = ["token", "create", "--team", "payments", "--scope", "read", "--data", "."];
        let ran = run(data.path(), &token);
        assert!(ran.code == Some(2) && ran.err.contains(&named), "{ran:?}");

        let accept = ["accept", "--reason", "from the old host", "--data", "."];
        let printed = done(data.path(), &accept);
        assert!(printed.contains(&format!("vouches for the events {first} to")), "{printed}");
        refused_start(data.path());
        done(data.path(), &[&accept[..], &["--yes"]].concat());
        recorded(data.path(), 2).await;
        done(data.path(), &["verify", "--data", "."]);
        let all = run(data.path(), &["log", "--json", "--data", "."]).out;
        let last = first + count as u64 - 1;
        let said = format!("events {first} to {last} were accepted unsealed: from the old host");
        assert!(all.contains(&said), "{all}");
        assert!(done(data.path(), &accept).contains("nothing to accept"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_what_is_slipped_in_while_the_server_runs_is_not_signed_either() {
    let data = tempfile::tempdir().unwrap();
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let server = Server::start(data.path(), &upstream, &[]);
    download(&server, 5).await;
    // What others put on record who hold the key is.
    let made = run(
        data.path(),
        &["token", "create", "--team", "payments", "--scope", "read", "--data", "."],
    );
    assert_eq!(made.code, Some(0), "{made:?}");
    download(&server, 1).await;
    all_ended(data.path()).await;
    all_signed(&server, data.path()).await;
    let first = slip_in(data.path(), 2).await;
    download(&server, 5).await;
    signing_fails(&server).await;
    server.signal("-TERM");
    let (_, log) = server.end();
    assert!(log.contains("nobody who holds the ledger's key"), "{log}");
    let told = fault(data.path());
    assert!(told.contains(&format!("the events from {first} on are not signed for")), "{told}");
}

/// A record as an older depaudit has left it: nothing is sealed. With a checkpoint of its first events.
async fn older(data: &Path, key: &SigningKey, events: usize) {
    slip_in(data, events).await;
    let log = SqliteAuditLog::open(data).unwrap();
    let edge = log.edge().await.unwrap();
    let (origin, size) = (key.name().clone(), edge.size());
    let note = Checkpoint { origin, size, root: edge.root() }.sign(&[key]).to_string();
    let time = Timestamp::EPOCH;
    log.keep_checkpoint(KeptCheckpoint { size, time, stays: false, note }).await.unwrap();
    log.close().await.unwrap();
}

fn write_key(data: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = data.join("ledger.key");
    fs::write(&file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_record_is_taken_over_once_and_says_so() {
    let key = SigningKey::from_seed("example.com/log".parse().unwrap(), [9; 32]);
    let taken_over = |data: &Path| {
        let all = run(data, &["log", "--json", "--data", "."]).out;
        all.matches("taken over from a depaudit that sealed nothing").count()
    };
    // Behind the checkpoint of one that ended hard are a second's events; that of another is of all.
    for behind in [0, 2] {
        let data = tempfile::tempdir().unwrap();
        write_key(data.path(), &key.reveal());
        older(data.path(), &key, 300).await;
        if behind > 0 {
            slip_in(data.path(), behind).await;
        }
        recorded(data.path(), 1).await;
        done(data.path(), &["verify", "--data", "."]);
        assert_eq!(taken_over(data.path()), usize::from(behind > 0));
        recorded(data.path(), 1).await;
        assert_eq!(taken_over(data.path()), usize::from(behind > 0), "once");
        let text = fs::read_to_string(data.path().join("ledger.key")).unwrap();
        assert_eq!(text, format!("{}\nsealed\n", key.reveal()));
        // From then on a record without a seal is one that somebody made look old.
        let forged = tempfile::tempdir().unwrap();
        write_key(forged.path(), &text);
        older(forged.path(), &key, 300).await;
        slip_in(forged.path(), 2).await;
        let told = refused_start(forged.path());
        assert!(told.contains("vouches for the events from 300 on"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_from_before_the_first_key_is_taken_under_its_seal_and_says_so() {
    let data = tempfile::tempdir().unwrap();
    slip_in(data.path(), 5).await;
    recorded(data.path(), 1).await;
    done(data.path(), &["verify", "--data", "."]);
    let all = run(data.path(), &["log", "--json", "--data", "."]).out;
    assert!(all.contains("the ledger's key was made: 0 to 4 were on record before"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_apart_from_the_data_is_needed_to_put_anything_on_record_and_may_be_rotated_under_a_server()
 {
    let (data, apart) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let key = apart.path().join("key");
    let key = key.to_str().unwrap();
    let server = Server::start(data.path(), &upstream, &["--ledger-key", key]);
    download(&server, 3).await;
    all_signed(&server, data.path()).await;
    let create = ["token", "create", "--team", "payments", "--scope", "read", "--data", "."];
    let ran = run(data.path(), &create);
    assert!(ran.err.contains("DEPAUDIT_LEDGER_KEY_FILE"), "{ran:?}");
    for _ in 0..3 {
        done(data.path(), &["key", "rotate", "--data", ".", "--ledger-key", key]);
        download(&server, 3).await;
        all_signed(&server, data.path()).await;
    }
    // Killed: what no checkpoint has is under the new key's seal.
    download(&server, 3).await;
    server.signal("-KILL");
    server.end();
    let server = Server::start(data.path(), &upstream, &["--ledger-key", key]);
    download(&server, 1).await;
    all_signed(&server, data.path()).await;
    server.signal("-TERM");
    server.end();
    done(data.path(), &["verify", "--data", ".", "--ledger-key", key]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_52_a_key_that_has_given_way_vouches_for_nothing() {
    let data = tempfile::tempdir().unwrap();
    let old = SigningKey::from_seed("example.com/log".parse().unwrap(), [9; 32]);
    write_key(data.path(), &old.reveal());
    recorded(data.path(), 1).await;
    done(data.path(), &["key", "rotate", "--data", "."]);
    recorded(data.path(), 1).await;
    done(data.path(), &["verify", "--data", "."]);
    // Whoever has it still, and can write the database, signs what was slipped in.
    older(data.path(), &old, 2).await;
    let told = refused_start(data.path());
    assert!(told.contains("nobody who holds the ledger's key vouches"), "{told}");
}
