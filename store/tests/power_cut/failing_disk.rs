//! The disk fails while its power stays on.

use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{AuditLog, MetaStore, StoreError};
use depaudit_testkit::{DatabaseFile, SimulatedDisk};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::history::{History, assert_consistent, assert_whole, batch};

/// Appends batches until one fails; that one's error.
async fn append_until_it_fails(
    log: &SqliteAuditLog,
    history: &mut History,
    chance: &mut StdRng,
) -> StoreError {
    loop {
        let (records, leaves) = batch(chance, 1_000);
        match log.append(records).await {
            Ok(appended) => history.note_acknowledged(appended.first, leaves),
            Err(error) => {
                history.note_unanswered(leaves);
                return error;
            }
        }
    }
}

async fn append(log: &SqliteAuditLog, history: &mut History, chance: &mut StdRng) {
    let (records, leaves) = batch(chance, 100);
    let appended = log.append(records).await.expect("a log that takes events");
    history.note_acknowledged(appended.first, leaves);
}

/// The system believes to have written what it has not: whoever opens the log next reads it, appends
/// behind it, and must not lose any of it when the power goes.
async fn a_failed_sync_ends_all_writing(file: DatabaseFile, times: u64) {
    for seed in 0..times {
        let (mut chance, mut history) = (StdRng::seed_from_u64(seed), History::default());
        let disk = SimulatedDisk::new();
        let log = SqliteAuditLog::open(disk.folder()).expect("a log");
        append(&log, &mut history, &mut chance).await;
        disk.fail_next_sync(file);
        let error = append_until_it_fails(&log, &mut history, &mut chance).await;
        assert!(matches!(error, StoreError::Broken { .. }), "{error:?}");
        // The disk works again, and is not trusted.
        for error in [log.append(Vec::new()).await.err(), log.probe().await.err()] {
            assert!(matches!(error, Some(StoreError::Broken { .. })), "{error:?}");
        }
        assert!(matches!(log.broken().await, StoreError::Broken { .. }));
        assert!(log.length().await.expect("reads go on") >= history.acknowledged_events());
        drop(log);

        let log = SqliteAuditLog::open(disk.folder()).expect("a log");
        assert_whole(&log, &mut history).await;
        append(&log, &mut history, &mut chance).await;
        let disk = disk.after_the_cut(seed);
        drop(log);
        let log = SqliteAuditLog::open(disk.folder()).expect("a log");
        assert_whole(&log, &mut history).await;
        drop(log);
        assert_consistent(disk.folder());
    }
}

#[tokio::test]
async fn bad_input_51_after_a_commit_that_was_not_synced_nothing_is_acknowledged_and_nothing_lost()
{
    a_failed_sync_ends_all_writing(DatabaseFile::Log, 20).await;
}

#[tokio::test]
async fn bad_input_51_after_a_checkpoint_that_was_not_synced_neither() {
    a_failed_sync_ends_all_writing(DatabaseFile::Main, 3).await;
}

#[tokio::test]
async fn bad_input_51_on_a_full_disk_reads_go_on_and_room_is_all_that_is_needed() {
    let (mut chance, mut history) = (StdRng::seed_from_u64(51), History::default());
    let disk = SimulatedDisk::new();
    let log = SqliteAuditLog::open(disk.folder()).expect("a log");
    append(&log, &mut history, &mut chance).await;
    for _ in 0..3 {
        disk.set_full(true);
        let error = append_until_it_fails(&log, &mut history, &mut chance).await;
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert_whole(&log, &mut history).await;
        disk.set_full(false);
        append(&log, &mut history, &mut chance).await;
    }

    disk.set_full(true);
    append_until_it_fails(&log, &mut history, &mut chance).await;
    drop(log);
    let log = SqliteAuditLog::open(disk.folder()).expect("a full disk can be read");
    assert_whole(&log, &mut history).await;
    disk.set_full(false);
    append(&log, &mut history, &mut chance).await;
    let disk = disk.after_the_cut(51);
    let log = SqliteAuditLog::open(disk.folder()).expect("a log");
    assert_whole(&log, &mut history).await;
}

#[tokio::test]
async fn bad_input_51_the_metadata_is_not_written_after_a_failed_sync_either() {
    let disk = SimulatedDisk::new();
    let store = SqliteMetaStore::open(disk.folder()).expect("a store");
    store.probe().await.expect("a disk that works");
    disk.fail_next_sync(DatabaseFile::Log);
    for _ in 0..2 {
        assert!(matches!(store.probe().await, Err(StoreError::Broken { .. })));
    }
    assert!(matches!(store.broken().await, StoreError::Broken { .. }));
    store.totals().await.expect("reads go on");
}
