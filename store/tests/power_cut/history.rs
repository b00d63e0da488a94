use std::collections::BTreeMap;
use std::path::Path;

use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{Timestamp, canonical};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, EventFilter, EventOrder, Record};
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use rusqlite::{Connection, OpenFlags};

/// The leaves of events that were handed over together.
pub(crate) type Batch = Vec<Vec<u8>>;

/// What was handed to a log, and what came of it as far as anybody knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// By the index of the first event.
    acknowledged: BTreeMap<u64, Batch>,
    unanswered: Vec<Batch>,
}

impl History {
    pub(crate) fn note_acknowledged(&mut self, first: u64, batch: Batch) {
        self.acknowledged.insert(first, batch);
    }

    pub(crate) fn note_unanswered(&mut self, batch: Batch) {
        self.unanswered.push(batch);
    }

    pub(crate) fn acknowledged_events(&self) -> u64 {
        self.acknowledged.values().map(|batch| batch.len() as u64).sum()
    }

    /// What is on record is there for good, whether or not anybody was told.
    fn note_found(&mut self, found: &[Vec<u8>]) {
        let mut at = 0;
        while at < found.len() {
            at += match self.acknowledged.get(&(at as u64)) {
                Some(batch) => batch.len(),
                None => {
                    let rest = &found[at..];
                    let whole = self.unanswered.iter().position(|batch| rest.starts_with(batch));
                    let whole = whole.unwrap_or_else(|| {
                        panic!("event {at} begins no batch that was handed over, or half of one")
                    });
                    let batch = self.unanswered.swap_remove(whole);
                    let length = batch.len();
                    self.acknowledged.insert(at as u64, batch);
                    length
                }
            };
        }
        // A power cut has answered the others.
        self.unanswered.clear();
    }
}

/// Looks whether a log holds all that was acknowledged, unchanged and in its place, and of the rest
/// whole batches alone. Returns how many events of those there are.
pub(crate) async fn assert_whole(log: &SqliteAuditLog, history: &mut History) -> u64 {
    let all = EventFilter::default();
    let events = log.read(&all, EventOrder::OldestFirst, usize::MAX).await.expect("a readable log");
    assert_eq!(log.length().await.expect("a readable log"), events.len() as u64);
    assert!(events.iter().zip(0..).all(|(event, index)| event.index == index), "there is no gap");
    let found: Vec<_> = events.into_iter().map(|event| event.leaf).collect();
    for (first, batch) in &history.acknowledged {
        let behind = found.get(*first as usize..).unwrap_or_default();
        assert!(
            behind.starts_with(batch),
            "acknowledged events are gone or changed: {} from {first} on, of {} found",
            batch.len(),
            found.len()
        );
    }
    let before = history.acknowledged_events();
    history.note_found(&found);
    history.acknowledged_events() - before
}

/// Looks whether tables, indexes and triggers of the database agree.
pub(crate) fn assert_consistent(folder: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let direct = Connection::open_with_flags(folder.join("audit.sqlite"), flags);
    let direct = direct.expect("a database");
    for check in ["integrity_check", "foreign_key_check"] {
        direct
            .pragma_query(None, check, |row| {
                let said: String = row.get(0)?;
                assert_eq!(said, "ok", "{check}");
                Ok(())
            })
            .expect("a readable database");
    }
}

/// A batch of 1 to 60 events about a few crates and teams, with details of up to `most` characters; and
/// its leaves.
pub(crate) fn batch(chance: &mut StdRng, most: usize) -> (Vec<Record>, Batch) {
    let count = chance.random_range(1..=60);
    let records: Vec<Record> = (0..count).map(|_| record(chance, most)).collect();
    let leaves = records
        .iter()
        .map(|record| canonical::encode(&record.event).expect("an event of a usual size"))
        .collect();
    (records, leaves)
}

fn record(chance: &mut StdRng, most: usize) -> Record {
    let mut event = Event::new(EventKind::DownloadDecided, Timestamp::EPOCH);
    let (name, team) = (chance.random_range(0..50), chance.random_range(0..5));
    event.name = Some(format!("crate-{name}").parse().expect("a name"));
    event.team = Some(format!("team-{team}").parse().expect("a name"));
    let salt = u128::from(chance.next_u64());
    // No two events are alike.
    let detail = format!("{salt:x} {}", "x".repeat(chance.random_range(0..most)));
    let client = Client { address: None, user_agent: Some("cargo".into()), salt };
    event.client = Some(client.commitment());
    Record { event: event.with_detail(&detail), client: chance.random_bool(0.5).then_some(client) }
}
