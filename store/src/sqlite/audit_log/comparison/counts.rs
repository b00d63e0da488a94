//! What is counted for a trace: as it is kept, and as the events say it.

use depaudit_model::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::subjects::called;
use crate::Counts;

/// What a count is of: half a digest of all that its row is found by. Rows that are found by the same
/// have the same.
pub(super) type Key = [u8; 16];

/// All that a row is found by, in this order. Nothing is empty, as in the tables.
pub(super) fn key<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Key {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let (half, _) = digest.as_chunks::<16>();
    half[0]
}

const KEPT: &str = "\
SELECT crate, version, sha256, team, registry, principal, decision, rule, waiver, policy,
       count, first, last, first_idx, last_idx
FROM tally CROSS JOIN subject ON subject.id = tally.subject
    CROSS JOIN tally_group ON tally_group.id = tally.asker";
const PARTS: usize = 10;

/// Gives each row that is kept to `take`.
pub(super) fn kept<E: From<rusqlite::Error>>(
    connection: &Connection,
    mut take: impl FnMut(&Row<'_>, Key, Counts) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare_cached(KEPT)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut parts = [&[][..]; PARTS];
        for (column, part) in parts.iter_mut().enumerate() {
            *part = match row.get_ref(column)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
                _ => &[],
            };
        }
        let key = key(parts.into_iter());
        let time = |column| row.get(column).map(Timestamp::from_millis);
        let index = |column| row.get(column).map(i64::cast_unsigned);
        let counts = Counts {
            rows: 1,
            count: index(PARTS)?,
            times: (time(PARTS + 1)?, time(PARTS + 2)?),
            events: (index(PARTS + 3)?, index(PARTS + 4)?),
        };
        take(row, key, counts)?;
    }
    Ok(())
}

/// What a key is of, in words: as the event says that is found at `index`, or the row that is kept.
pub(super) fn name(
    connection: &Connection,
    key: Key,
    index: Option<u64>,
) -> rusqlite::Result<String> {
    let name = |row: &Row<'_>| {
        let team: Option<String> = row.get("team")?;
        let what = called(row.get("crate")?, row.get("version")?);
        Ok(format!("{what} for the team {}", team.as_deref().unwrap_or("of nobody")))
    };
    if let Some(index) = index {
        let of_event = "SELECT crate, version, team FROM event
                        LEFT JOIN subject ON subject.id = event.subject WHERE idx = ?1";
        let found = connection.prepare_cached(of_event)?.query_row([index.cast_signed()], name);
        return found.optional().map(Option::unwrap_or_default);
    }
    let mut found = String::new();
    kept::<rusqlite::Error>(connection, |row, other, _| {
        if other == key {
            found = name(row)?;
        }
        Ok(())
    })?;
    Ok(found)
}

impl Counts {
    /// Both together.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        let (first, last) = (self.times.0.min(other.times.0), self.times.1.max(other.times.1));
        let (from, to) = (self.events.0.min(other.events.0), self.events.1.max(other.events.1));
        Self {
            rows: self.rows + other.rows,
            count: self.count.saturating_add(other.count),
            times: (first, last),
            events: (from, to),
        }
    }
}
