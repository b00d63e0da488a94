//! `depaudit log` on a record that a server has written, and is writing.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod cli_support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use cli_support::{command, run};
use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record};
use serde_json::Value;

/// A data folder, with its log open for writing as a server has it.
struct Server {
    data: tempfile::TempDir,
    log: SqliteAuditLog,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = SqliteAuditLog::open(data.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { data, log, runtime }
    }

    /// Records that a team was allowed to download a crate at that moment.
    fn record(&self, time: &str, team: &str, name: &str, version: &str) {
        let mut event = Event::new(EventKind::DownloadDecided, time.parse().unwrap());
        event.team = Some(team.parse().unwrap());
        event.name = Some(name.parse().unwrap());
        event.version = Some(version.parse().unwrap());
        event.sha256 = Some(Checksum::of(name.as_bytes()));
        event.decision = Some(Decision::Allow);
        let record = Record { event, client: None };
        self.runtime.block_on(self.log.append(vec![record])).unwrap();
    }

    /// The crates that `depaudit log --json` shows with these arguments.
    fn crates(&self, arguments: &[&str]) -> Vec<String> {
        let ran = run(self.data.path(), &[&["log", "--data", ".", "--json"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out.lines().map(crate_of).collect()
    }
}

fn crate_of(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap();
    format!("{}@{}", value["crate"].as_str().unwrap(), value["version"].as_str().unwrap())
}

#[test]
fn a_log_is_read_while_it_is_written_and_filtered_as_asked() {
    let server = Server::start();
    server.record("2026-03-01T12:00:00Z", "payments", "serde", "1.0.218");
    server.record("2026-03-02T12:00:00Z", "search", "Serde", "1.0.219");
    server.record("2026-03-03T12:00:00Z", "payments", "tokio", "1.44.0");
    assert_eq!(server.crates(&[]), ["serde@1.0.218", "Serde@1.0.219", "tokio@1.44.0"]);
    assert_eq!(server.crates(&["--crate", "serde"]).len(), 2, "in every spelling");
    assert_eq!(server.crates(&["--crate", "serde@1.0.219"]), ["Serde@1.0.219"]);
    assert_eq!(server.crates(&["--team", "payments", "-n", "1"]), ["tokio@1.44.0"]);
    assert_eq!(server.crates(&["--since", "2026-03-02T13:00:00+01:00"]).len(), 2);
    assert_eq!(server.crates(&["--kind", "first-seen,record-gap"]), [""; 0]);
    let digest = Checksum::of(b"tokio").to_string();
    assert_eq!(server.crates(&["--sha256", &digest]), ["tokio@1.44.0"]);
    assert_eq!(server.crates(&["--sha256", &digest[..6]]), ["tokio@1.44.0"]);
}

#[test]
fn people_get_a_table_and_nothing_is_cut_in_a_pipe() {
    let server = Server::start();
    let long = "a-crate-whose-name-is-nearly-as-long-as-a-name-of-a-crate-can-be";
    server.record("2026-03-01T12:00:00Z", "payments", long, "1.0.0");
    let ran = run(server.data.path(), &["log", "--data", "."]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("INDEX  TIME (UTC)"), "{}", ran.out);
    assert!(lines[1].contains(&format!("{long}@1.0.0")), "{}", ran.out);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let server = Server::start();
    let event = Event::new(EventKind::RecordGap, Timestamp::EPOCH).with_detail(&"x".repeat(1_000));
    let record = Record { event, client: None };
    // More than any pipe holds.
    let append = server.log.append(vec![record; 2_000]);
    server.runtime.block_on(append).unwrap();
    let mut child = command(server.data.path(), &["log", "--data", ".", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"index\":0,"), "{first}");
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((err.as_str(), child.wait().unwrap().code()), ("", Some(0)));
}

#[test]
fn following_shows_events_as_they_come_and_ctrl_c_ends_it_well() {
    let server = Server::start();
    server.record("2026-03-01T12:00:00Z", "payments", "before", "1.0.0");
    let child = command(server.data.path(), &["log", "--data", ".", "--json", "--follow"])
        .args(["--team", "payments"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Ended(child);
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut next = || crate_of(&lines.next().unwrap().unwrap());
    assert_eq!(next(), "before@1.0.0");
    server.record("2026-03-01T12:00:01Z", "payments", "during", "1.0.0");
    server.record("2026-03-01T12:00:02Z", "search", "elsewhere", "1.0.0");
    server.record("2026-03-01T12:00:03Z", "payments", "after", "1.0.0");
    assert_eq!(next(), "during@1.0.0");
    assert_eq!(next(), "after@1.0.0");
    let interrupt = Command::new("kill").args(["-INT", &child.0.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
}

/// A child that does not outlive a test that fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It has ended already, where all went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
