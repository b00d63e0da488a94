//! What happens when the disk or the file fails under a log that is open.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{RequestId, Timestamp};
use tokio::task::JoinSet;

use super::*;
use crate::{Trace, Traced};

fn records(count: usize) -> Vec<Record> {
    let event = Event::new(EventKind::IndexServed, Timestamp::EPOCH).with_detail("a few bytes");
    (0..count).map(|_| Record { event: event.clone(), client: None }).collect()
}

/// Sets the number of pages that the file may have; 1 means no more than there are.
async fn allow_pages(log: &SqliteAuditLog, most: u32) {
    let writer = log.writer.as_ref().unwrap();
    let set = move |connection: &Connection| {
        connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(0))
    };
    writer.write(1, set).await.unwrap();
}

/// An error that a client or an operator may see: no SQL and no path.
fn assert_is_discreet(error: &StoreError, folder: &Path) {
    let said = error.to_string();
    assert!(!said.contains(folder.to_str().unwrap()), "{said}");
    assert!(!said.contains("audit.sqlite"), "{said}");
    assert!(!said.to_lowercase().contains("insert"), "{said}");
}

#[tokio::test]
async fn bad_input_51_a_full_disk_fails_every_caller_and_passes_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(SqliteAuditLog::open(folder.path()).unwrap());
    allow_pages(&log, 1).await;
    let full = loop {
        match log.append(records(50)).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::Unavailable { operation: "write events", .. }), "{full:?}");
    assert_is_discreet(&full, folder.path());
    let length = log.length().await.unwrap();

    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let log = Arc::clone(&log);
        callers.spawn(async move { log.append(records(50)).await });
    }
    for answer in callers.join_all().await {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
    assert_eq!(log.length().await.unwrap(), length);
    assert_eq!(log.queued(), 0);

    allow_pages(&log, 1_000_000).await;
    assert_eq!(log.append(records(50)).await.unwrap().first, length);
}

#[tokio::test]
async fn bad_input_51_a_log_whose_file_is_gone_fails_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(records(3)).await.unwrap();
    let (file, away) = (folder.path().join("audit.sqlite"), folder.path().join("away"));
    fs::rename(&file, &away).unwrap();

    let gone = log.append(records(1)).await.unwrap_err();
    assert!(matches!(gone, StoreError::Unavailable { .. }), "{gone:?}");
    assert_is_discreet(&gone, folder.path());
    assert!(log.length().await.is_err());
    assert!(!file.exists(), "an empty log in its place would be a lie");

    fs::rename(&away, &file).unwrap();
    assert_eq!(log.append(records(1)).await.unwrap().first, 3);
    assert_eq!(log.length().await.unwrap(), 4);
}

#[tokio::test]
async fn bad_input_52_an_old_backup_in_the_place_of_the_log_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.sqlite");
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(records(2)).await.unwrap();
    log.close().await.unwrap();
    let backup = fs::read(&file).unwrap();

    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(records(1)).await.unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(&file, backup).unwrap();
    let restored = log.append(records(1)).await.unwrap_err();
    assert!(matches!(&restored, StoreError::Damaged { .. }), "{restored:?}");
    assert!(restored.to_string().contains("holds 2 events, and 3 were acknowledged"));
    assert_is_discreet(&restored, folder.path());
}

#[tokio::test]
async fn a_closed_log_has_written_what_was_queued_and_takes_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(SqliteAuditLog::open(folder.path()).unwrap());
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let log = Arc::clone(&log);
        callers.spawn(async move { log.append(records(1)).await.is_ok() });
    }
    log.close().await.unwrap();
    let written = callers.join_all().await.into_iter().filter(|written| *written).count();
    assert!(matches!(log.append(records(1)).await, Err(StoreError::Closed)));
    assert!(matches!(log.length().await, Err(StoreError::Closed)));
    let reader = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    assert_eq!(reader.length().await.unwrap(), written as u64);
}

/// Numbers that were given in a batch that was rolled back are given to others.
#[tokio::test]
async fn what_a_failed_batch_remembered_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    let about = |name: &str, team: &str| {
        let mut event = Event::new(EventKind::DownloadDecided, Timestamp::EPOCH);
        event.name = name.parse().ok();
        event.team = team.parse().ok();
        event.decision = Some(Decision::Allow);
        event.request_id = Some(RequestId::new(Timestamp::EPOCH, 7));
        Record { event, client: None }
    };
    let failing = vec![EncodedRecord::new(about("serde", "payments")).unwrap()];
    let memory = log.memory.clone();
    let work = move |batch: &Connection| {
        append(batch, &failing, &mut memory.get())?;
        Err(rusqlite::Error::InvalidQuery)
    };
    log.writer.as_ref().unwrap().write(1, work).await.unwrap_err();
    log.append(vec![about("syn", "search")]).await.unwrap();
    log.append(vec![about("serde", "payments")]).await.unwrap();

    assert_eq!(log.contradiction(Arc::new(|_| ControlFlow::Continue(()))).await.unwrap(), None);
    for (name, team, index) in [("syn", "search", 0), ("serde", "payments", 1)] {
        let of = Traced { name: name.parse().unwrap(), version: None, sha256: None, team: None };
        let [tally] = log.tallies(&of, 10).await.unwrap().try_into().unwrap();
        assert_eq!((tally.team.as_str(), tally.count, tally.first_index), (team, 1, index));
    }
    assert_eq!(log.edge().await.unwrap().size(), 2);
}
