//! What the SQLite log promises about traces beside the contract: older files, and erased bytes.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod older;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use depaudit_model::event::{Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{
    AuditLog, ClientFilter, Contradiction, EventFilter, EventOrder, Record, Tally, Trace, Traced,
};

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
    log.append((0..2_100).map(download).collect()).await.unwrap();
    let counted = tallies(&log).await;
    assert!(counted.len() > 20, "{}", counted.len());
    log.close().await.unwrap();
    drop(log);

    // As the steps before have left it.
    for step in [2, 3] {
        let older = tempfile::tempdir().unwrap();
        older::copy(&folder.path().join("audit.sqlite"), older.path(), step);
        assert!(SqliteAuditLog::open_read_only(older.path()).is_err());
        let log = SqliteAuditLog::open(older.path()).unwrap();
        assert_eq!(tallies(&log).await, counted, "from {step}");
        let request = download(1_017).event.request_id.unwrap();
        let found = log.of_request(&request, 10).await.unwrap();
        assert_eq!(found.iter().map(|it| it.index).collect::<Vec<_>>(), [1_017]);
        assert_eq!(contradiction(&log).await, None);
        // It is counted on from there.
        log.append(vec![download(1)]).await.unwrap();
        let count = |tallies: &[Tally]| tallies.iter().map(|it| it.count).sum::<u64>();
        assert_eq!(count(&tallies(&log).await), count(&counted) + 1);
    }
}

async fn contradiction(log: &SqliteAuditLog) -> Option<Contradiction> {
    log.contradiction(Arc::new(|_| ControlFlow::Continue(()))).await.unwrap()
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
        let whose = ClientFilter { team: team.parse().ok(), before, ..ClientFilter::default() };
        let erased = log.forget_clients(&whose).await.unwrap();
        assert!(erased > 0);
        left -= erased as usize;
        log.close().await.unwrap();
        assert_eq!(secrets(folder.path()), left);
    }
    assert_eq!(left, 0);
    assert_eq!(SqliteAuditLog::open(folder.path()).unwrap().length().await.unwrap(), 500);
}

/// The places of the events that a request led to.
async fn of_request(log: &SqliteAuditLog, number: u64) -> Vec<u64> {
    let request = download(number).event.request_id.unwrap();
    log.of_request(&request, 10).await.unwrap().iter().map(|it| it.index).collect()
}

#[tokio::test]
async fn a_request_is_found_however_the_events_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [(); 2].map(|()| SqliteAuditLog::open(folder.path()).unwrap());
    // Two servers take turns within a thousand, and one of them starts anew.
    one.append((0..700).map(download).collect()).await.unwrap();
    other.append((700..1_500).map(download).collect()).await.unwrap();
    for number in 1_500..1_520 {
        let log = if number % 3 == 0 { &one } else { &other };
        log.append(vec![download(number)]).await.unwrap();
    }
    drop((one, other));
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((1_520..4_300).map(download).collect()).await.unwrap();
    for number in [0, 699, 700, 999, 1_000, 1_510, 1_999, 2_000, 3_999, 4_000, 4_299] {
        assert_eq!(of_request(&log, number).await, [number]);
    }
    assert!(of_request(&log, 4_300).await.is_empty());
    assert_eq!(contradiction(&log).await, None);

    let late = log.append(vec![download(1_234)]).await.unwrap().first;
    assert_eq!(of_request(&log, 1_234).await, [1_234, late]);
}

#[tokio::test]
async fn what_is_young_is_found_behind_what_a_clock_ran_ahead_for() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    let mut records: Vec<_> = (0..3_500).map(download).collect();
    records.swap(1_700, 3_300);
    log.append(records).await.unwrap();
    for since in [0, 999, 1_000, 1_701, 3_299, 3_301, 3_499, 3_500] {
        let since = Timestamp::from_millis(since * 1_000);
        let filter = EventFilter { since: Some(since), ..EventFilter::default() };
        let found = log.read(&filter, EventOrder::OldestFirst, 10_000).await.unwrap();
        let young = |number: &u64| download(*number).event.time >= since;
        assert_eq!(found.len(), (0..3_500).filter(young).count(), "{since:?}");
        assert!(found.iter().all(|it| it.event.time >= since));
    }
}

/// What events are about is indexed by 32,768 of them at a time.
#[tokio::test]
async fn a_crate_is_found_in_every_part_of_a_long_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    let places = [10, 32_767, 32_768, 33_400];
    let record = |number| match places.contains(&number) {
        true => download(number),
        false => {
            Record { event: Event::new(EventKind::Administration, Timestamp::EPOCH), client: None }
        }
    };
    log.append((0..33_500).map(record).collect()).await.unwrap();
    let find = async |from, order, most| {
        let name = "serde".parse().ok();
        let filter = EventFilter { from, name, ..EventFilter::default() };
        let found = log.read(&filter, order, most).await.unwrap();
        found.iter().map(|it| it.index).collect::<Vec<_>>()
    };
    assert_eq!(find(0, EventOrder::OldestFirst, 10).await, places);
    assert_eq!(find(32_768, EventOrder::OldestFirst, 10).await, [32_768, 33_400]);
    assert_eq!(find(40_000, EventOrder::OldestFirst, 10).await, [0; 0]);
    assert_eq!(find(0, EventOrder::NewestFirst, 3).await, [33_400, 32_768, 32_767]);
}
