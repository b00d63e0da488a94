//! What the SQLite log promises about traces beside the contract: older files, and erased bytes.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::fs;
use std::path::Path;

use depaudit_model::event::{Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, ClientFilter, Record, Tally, Trace, Traced};
use rusqlite::Connection;

const SECRET: &str = "a user agent that names a person";

fn download(number: u64) -> Record {
    let time = Timestamp::from_millis(number.cast_signed() * 1_000);
    let mut event = Event::new(EventKind::DownloadDecided, time);
    event.team = Some(["payments", "search"][(number % 2) as usize].parse().unwrap());
    event.registry = Some(RegistryName::crates_io());
    event.name = Some("serde".parse().unwrap());
    event.version = Some(semver::Version::new(1, 0, number % 3));
    event.sha256 = Some(Checksum::of(&(number % 3).to_be_bytes()));
    event.decision = Some(Decision::ALL[(number % 3) as usize]);
    event.policy = number.is_multiple_of(5).then(|| Checksum::of(b"policy"));
    event.principal = number.is_multiple_of(7).then(|| "c0ffee ci".to_owned());
    event.rule = (number % 3 == 2).then(|| "advisory".to_owned());
    event.request_id = Some(RequestId::new(time, number));
    let client = Client { address: None, user_agent: Some(SECRET.into()), salt: number.into() };
    event.client = Some(client.commitment());
    Record { event, client: Some(client) }
}

async fn tallies(log: &SqliteAuditLog) -> Vec<Tally> {
    let name = "serde".parse().unwrap();
    let all = Traced { name, version: None, sha256: None, team: None };
    log.tallies(&all, 1_000).await.unwrap()
}

#[tokio::test]
async fn the_events_of_an_older_log_are_counted_when_it_is_upgraded() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..200).map(download).collect()).await.unwrap();
    let counted = tallies(&log).await;
    assert!(counted.len() > 20, "{}", counted.len());
    log.close().await.unwrap();
    drop(log);

    // As the step before has left it.
    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    direct
        .execute_batch(
            "DROP TABLE tally; DROP TABLE request; DROP INDEX event_by_incident;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    drop(direct);
    assert!(SqliteAuditLog::open_read_only(folder.path()).is_err());
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    assert_eq!(tallies(&log).await, counted);
    let request = download(17).event.request_id.unwrap();
    let found = log.of_request(&request, 10).await.unwrap();
    assert_eq!(found.iter().map(|it| it.index).collect::<Vec<_>>(), [17]);
}

/// How often the data folder's files hold the secret.
fn secrets(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let held = files.filter(|path| path.is_file()).map(|path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(SECRET.len()).filter(|window| *window == SECRET.as_bytes()).count()
    });
    held.sum()
}

#[tokio::test]
async fn what_is_forgotten_is_in_no_file_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..500).map(download).collect()).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(secrets(folder.path()), 500);

    // In parts, so that rows are moved between pages that are nearly empty.
    let mut left = 500;
    for (team, before) in
        [("payments", 400), ("search", 150), ("payments", 1_000), ("search", 1_000)]
    {
        let log = SqliteAuditLog::open(folder.path()).unwrap();
        let before = Some(Timestamp::from_millis(before * 1_000));
        let whose = ClientFilter { team: team.parse().ok(), address: None, before };
        let erased = log.forget_clients(&whose).await.unwrap();
        assert!(erased > 0);
        left -= erased as usize;
        log.close().await.unwrap();
        assert_eq!(secrets(folder.path()), left);
    }
    assert_eq!(left, 0);
    assert_eq!(SqliteAuditLog::open(folder.path()).unwrap().length().await.unwrap(), 500);
}
