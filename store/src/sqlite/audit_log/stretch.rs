//! What 1,000 events at a time are searched by: their times, and the requests that led to them.
//!
//! Indexes over these would be written to with each event. A search reads all stretches instead, four
//! bytes for each event on record, and looks at the few events whose four bytes are right.

use depaudit_model::{RequestId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::query::Row;

/// How many events are a stretch.
pub(super) const EVENTS: u64 = 1_000;

/// What an event is found by: four bytes of its request's digest. Zeros, which no request has, where
/// there is none.
pub(super) type Mark = [u8; 4];

/// The mark of an event.
pub(super) fn mark(request: Option<&str>) -> Mark {
    request.map_or([0; 4], |request| {
        let digest: [u8; 32] = Sha256::digest(request).into();
        let [first, second, third, fourth, ..] = digest;
        [first | 1, second, third, fourth]
    })
}

/// The events behind the last full stretch, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Recent {
    begin: u64,
    marks: Vec<(Mark, Timestamp)>,
    /// At least so many stretches are full.
    full: u64,
}

impl Recent {
    /// Adds the events from `first` on.
    pub(super) fn push(&mut self, first: u64, marks: impl Iterator<Item = (Mark, Timestamp)>) {
        // Another process has appended.
        if self.begin + self.marks.len() as u64 != first {
            (self.begin, self.marks) = (first, Vec::new());
        }
        self.marks.extend(marks);
    }

    /// The events of stretch `n`, when all of them are known.
    fn stretch(&self, n: u64) -> Option<&[(Mark, Timestamp)]> {
        let from = usize::try_from((n * EVENTS).checked_sub(self.begin)?).ok()?;
        self.marks.get(from..)?.get(..EVENTS as usize)
    }

    fn forget_before(&mut self, full: u64) {
        let known = (full * EVENTS).saturating_sub(self.begin);
        let known = usize::try_from(known).map_or(self.marks.len(), |it| it.min(self.marks.len()));
        self.marks.drain(..known);
        self.begin += known as u64;
        self.full = full;
    }
}

/// Adds the stretches that have become full, at most `most`; says whether these were all.
pub(super) fn grow(
    batch: &Connection,
    recent: &mut Recent,
    length: u64,
    most: u64,
) -> rusqlite::Result<bool> {
    let whole = length / EVENTS;
    if recent.full >= whole {
        return Ok(true);
    }
    // Asked each time, since another process may have added some.
    let (full, mut latest) = last(batch)?;
    let mut insert =
        batch.prepare_cached("INSERT INTO stretch (n, latest, requests) VALUES (?1, ?2, ?3)")?;
    let end = whole.min(full.saturating_add(most));
    for n in full..end {
        let read;
        let events = match recent.stretch(n) {
            Some(events) => events,
            None => {
                read = read_stretch(batch, n)?;
                &read
            }
        };
        latest = events.iter().map(|(_, time)| time.as_millis()).fold(latest, i64::max);
        let requests: Vec<u8> = events.iter().flat_map(|(mark, _)| *mark).collect();
        insert.execute(params![n.cast_signed(), latest, requests])?;
    }
    recent.forget_before(end);
    Ok(end == whole)
}

/// How many stretches are full, and the latest time up to the last of their events.
fn last(connection: &Connection) -> rusqlite::Result<(u64, i64)> {
    let last = connection
        .prepare_cached("SELECT n + 1, latest FROM stretch ORDER BY n DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))
        .optional()?;
    Ok(last.unwrap_or((0, i64::MIN)))
}

/// The part of a leaf that tells which request led to it.
#[derive(Deserialize)]
struct OfRequest<'l> {
    #[serde(default)]
    request_id: Option<&'l str>,
}

/// Which request led to an event. A leaf that is no event has none.
fn request_of(leaf: &[u8]) -> Option<&str> {
    serde_json::from_slice::<OfRequest<'_>>(leaf).ok()?.request_id
}

/// What a stretch holds, as its events have it.
fn read_stretch(connection: &Connection, n: u64) -> rusqlite::Result<Vec<(Mark, Timestamp)>> {
    let mut events = connection
        .prepare_cached("SELECT time, leaf FROM event WHERE idx >= ?1 ORDER BY idx LIMIT ?2")?;
    let first = (n * EVENTS).cast_signed();
    let events = events.query_map(params![first, EVENTS.cast_signed()], |row| {
        let time = Timestamp::from_millis(row.get(0)?);
        Ok((mark(request_of(row.get_ref(1)?.as_blob()?)), time))
    })?;
    events.collect()
}

/// The first full stretch among the events from `first` on that says something else than these do;
/// the index of its first event.
pub(super) fn contradiction(
    connection: &Connection,
    first: u64,
    events: &[(Mark, Timestamp)],
) -> rusqlite::Result<Option<u64>> {
    let mut select =
        connection.prepare_cached("SELECT latest, requests FROM stretch WHERE n = ?1")?;
    let mut stretch = |n: u64| {
        select.query_row([n.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    };
    let begin = first.div_ceil(EVENTS);
    // What stands before the first one was compared with the events before.
    let before: Option<(i64, Vec<u8>)> = match begin.checked_sub(1) {
        Some(before) => stretch(before)?,
        None => None,
    };
    let mut latest = before.map_or(i64::MIN, |(latest, _)| latest);
    let skipped = usize::try_from(begin * EVENTS - first).unwrap_or(usize::MAX);
    let events = events.get(skipped..).unwrap_or_default();
    for (events, n) in events.as_chunks::<{ EVENTS as usize }>().0.iter().zip(begin..) {
        latest = events.iter().map(|(_, time)| time.as_millis()).fold(latest, i64::max);
        let marks: Vec<u8> = events.iter().flat_map(|(mark, _)| *mark).collect();
        if stretch(n)? != Some((latest, marks)) {
            return Ok(Some(n * EVENTS));
        }
    }
    Ok(None)
}

/// Where there are stretches of events that are not there; the index of the first.
pub(super) fn beyond(connection: &Connection, length: u64) -> rusqlite::Result<Option<u64>> {
    let full = length / EVENTS;
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT (SELECT min(n) FROM stretch), (SELECT max(n) FROM stretch)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if first.is_some_and(|first| first < 0) {
        return Ok(Some(0));
    }
    Ok(last.is_some_and(|last| last >= full.cast_signed()).then(|| full.saturating_mul(EVENTS)))
}

/// The events that a request led to, the oldest first; at most `most`.
pub(super) fn of_request(
    connection: &Connection,
    request: &RequestId,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    // One moment for all of it: a server may be appending.
    let snapshot = connection.unchecked_transaction()?;
    let mut found = Vec::new();
    let wanted = mark(Some(request.as_str()));
    let mut stretches = snapshot.prepare_cached("SELECT n, requests FROM stretch ORDER BY n")?;
    let mut rows = stretches.query([])?;
    let mut behind = 0;
    while let Some(row) = rows.next()? {
        let first = row.get::<_, i64>(0)?.cast_unsigned() * EVENTS;
        behind = first + EVENTS;
        let marks = row.get_ref(1)?.as_blob()?.as_chunks().0;
        for (_, index) in marks.iter().zip(first..).filter(|(mark, _)| **mark == wanted) {
            found.extend(read(&snapshot, request, index, index)?);
        }
        if found.len() >= most {
            break;
        }
    }
    if found.len() < most {
        found.extend(read(&snapshot, request, behind, u64::MAX >> 1)?);
    }
    found.truncate(most);
    Ok(found)
}

/// The events between two indices, these included, that the request led to.
fn read(
    connection: &Connection,
    request: &RequestId,
    first: u64,
    last: u64,
) -> rusqlite::Result<Vec<Row>> {
    let mut events = connection.prepare_cached(
        "SELECT idx, leaf, salt, address, user_agent FROM event LEFT JOIN event_client USING (idx)
         WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx",
    )?;
    let mut rows = events.query(params![first.cast_signed(), last.cast_signed()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if request_of(row.get_ref(1)?.as_blob()?) == Some(request.as_str()) {
            found.push(Row::of(row)?);
        }
    }
    Ok(found)
}
