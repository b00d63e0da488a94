//! Who vouches for what stands behind the last checkpoint: each commit is sealed, and what anybody else
//! put there is not under the seal.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::path::Path;
use std::sync::Arc;

use depaudit_ledger::{SealKey, SigningKey};
use depaudit_model::Timestamp;
use depaudit_model::event::{Event, EventKind};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record, Seals};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

#[derive(Debug)]
struct Keys(Arc<[SealKey]>);

impl Seals for Keys {
    fn keys(&self) -> Arc<[SealKey]> {
        Arc::clone(&self.0)
    }
}

fn key(seed: u8) -> SealKey {
    SigningKey::from_seed("example.com/log".parse().unwrap(), [seed; 32]).seal_key()
}

fn sealed(folder: &Path, seed: u8) -> SqliteAuditLog {
    SqliteAuditLog::open_sealed(folder, Arc::new(Keys([key(seed)].into()))).unwrap()
}

async fn append(log: &SqliteAuditLog, count: usize) {
    let event = Event::new(EventKind::Administration, Timestamp::EPOCH).with_detail("something");
    log.append(vec![Record { event, client: None }; count]).await.unwrap();
}

/// Whether all that is on record is vouched for by the key.
async fn is_vouched_for(log: &SqliteAuditLog, seed: u8) -> bool {
    let (edge, head) = log.head().await.unwrap();
    head.is_some_and(|head| head.is_of(&edge, &[key(seed)]))
}

#[tokio::test]
async fn what_holders_of_the_key_append_is_vouched_for_whoever_of_them_does_and_after_any_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = StdRng::seed_from_u64(11);
    for _ in 0..8 {
        let logs = [sealed(folder.path(), 1), sealed(folder.path(), 1)];
        for _ in 0..6 {
            append(&logs[chance.random_range(0..2)], chance.random_range(1..400)).await;
            assert!(is_vouched_for(&logs[0], 1).await && !is_vouched_for(&logs[0], 2).await);
        }
    }
}

#[tokio::test]
async fn bad_input_52_what_is_put_there_without_the_key_stays_outside_of_the_seal() {
    let mut chance = StdRng::seed_from_u64(52);
    for stopped in [true, false, true, false] {
        let folder = tempfile::tempdir().unwrap();
        let log = sealed(folder.path(), 1);
        append(&log, chance.random_range(1..600)).await;
        let log = if stopped {
            log.close().await.unwrap();
            None
        } else {
            Some(log)
        };
        // By our own code, so that everything beside the events is as it has to be.
        let stranger = match chance.random_bool(0.5) {
            true => SqliteAuditLog::open(folder.path()).unwrap(),
            false => sealed(folder.path(), 2),
        };
        append(&stranger, chance.random_range(1..600)).await;
        stranger.close().await.unwrap();
        let log = log.unwrap_or_else(|| sealed(folder.path(), 1));
        assert!(!is_vouched_for(&log, 1).await);
        append(&log, 3).await;
        assert!(!is_vouched_for(&log, 1).await, "what is built on it is not either");

        let (seen, _) = log.head().await.unwrap();
        append(&log, 1).await;
        log.vouch(seen).await.unwrap();
        assert!(!is_vouched_for(&log, 1).await, "who looked has not seen all of it");
        let (seen, _) = log.head().await.unwrap();
        log.vouch(seen).await.unwrap();
        assert!(is_vouched_for(&log, 1).await);
        append(&log, 300).await;
        assert!(is_vouched_for(&log, 1).await);
    }
}

#[tokio::test]
async fn bad_input_52_an_event_that_the_tree_lacks_is_not_taken_under_the_seal() {
    let folder = tempfile::tempdir().unwrap();
    let log = sealed(folder.path(), 1);
    append(&log, 300).await;
    let direct = rusqlite::Connection::open(folder.path().join("audit.sqlite")).unwrap();
    let slipped = "INSERT INTO event (idx, time, kind, leaf)
                   SELECT idx + 1, time, kind, leaf FROM event ORDER BY idx DESC LIMIT 1";
    direct.execute(slipped, []).unwrap();
    append(&log, 2).await;
    assert_eq!(log.length().await.unwrap(), 303);
    assert!(!is_vouched_for(&log, 1).await);
}

/// Whoever can write the database can leave a trigger in it, which then runs in our own transactions.
#[tokio::test]
async fn bad_input_52_a_trigger_brings_nothing_under_the_seal_and_swallows_nothing_that_is_acknowledged()
 {
    let slips_in = "CREATE TRIGGER slip AFTER INSERT ON edge BEGIN \
                    INSERT INTO event (idx, time, kind, leaf) \
                    SELECT max(idx) + 1, 0, 'administration', x'7b7d' FROM event; END";
    let swallows = "CREATE TRIGGER swallow BEFORE INSERT ON event \
                    WHEN new.idx > 8 BEGIN SELECT RAISE(IGNORE); END";
    for trigger in [slips_in, swallows] {
        let folder = tempfile::tempdir().unwrap();
        let log = sealed(folder.path(), 1);
        append(&log, 5).await;
        let other = rusqlite::Connection::open(folder.path().join("audit.sqlite")).unwrap();
        other.execute_batch(trigger).unwrap();
        let event = Event::new(EventKind::Administration, Timestamp::EPOCH);
        let appended = log.append(vec![Record { event, client: None }; 5]).await;
        assert!(appended.is_err(), "{trigger}");
        let length: u64 = other
            .query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0))
            .unwrap()
            .cast_unsigned();
        assert_eq!(length, 5, "{trigger}");
    }
}
