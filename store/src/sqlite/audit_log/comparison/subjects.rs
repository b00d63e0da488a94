//! What events are about, against the events.

use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OptionalExtension};

/// Which subjects an event was met of. Their numbers follow each other from 1.
#[derive(Debug)]
pub(super) struct Subjects {
    count: i64,
    met: Vec<AtomicU64>,
}

impl Subjects {
    /// None of those that are there was met. `None` where their numbers do not follow each other.
    pub(super) fn new(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let (count, first, last): (i64, Option<i64>, Option<i64>) = connection
            .prepare_cached("SELECT count(*), min(id), max(id) FROM subject")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let follow = count == 0 || (first, last) == (Some(1), Some(count));
        let words = usize::try_from(count / 64 + 1).unwrap_or_default();
        let met = (0..words).map(|_| AtomicU64::new(0)).collect();
        Ok(follow.then_some(Self { count, met }))
    }

    /// Where a subject is noted. One that came meanwhile is not asked about.
    fn place(&self, id: i64) -> Option<(&AtomicU64, u64)> {
        let word = self.met.get(usize::try_from(id / 64).ok()?)?;
        Some((word, 1 << (id % 64)))
    }

    /// An event is about it.
    pub(super) fn meet(&self, id: i64) {
        if let Some((word, bit)) = self.place(id) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// The first that no event is about.
    pub(super) fn unheard(&self) -> Option<i64> {
        let met = |id: &i64| {
            self.place(*id).is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
        };
        (1..=self.count).find(|id| !met(id))
    }
}

/// How a subject is called.
pub(super) fn name(connection: &Connection, id: i64) -> rusqlite::Result<String> {
    let name = connection
        .prepare_cached("SELECT crate, version FROM subject WHERE id = ?1")?
        .query_row([id], |row| Ok(called(row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(name.unwrap_or_else(|| called(None, None)))
}

/// A crate and version, in words.
pub(super) fn called(name: Option<String>, version: Option<String>) -> String {
    match (name, version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name,
        (None, _) => "a digest without a crate".to_owned(),
    }
}
