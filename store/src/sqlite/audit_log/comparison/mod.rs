//! What is kept beside the events, against what is signed for: whoever changes a column, a count or a
//! client changes what a search, a trace or `log` tells, without touching a leaf.

mod broken;
mod clients;
mod counts;
mod pile;
mod span;
mod subjects;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode};

use super::append::length;
use super::stretch;
use crate::sqlite::database::Database;
use crate::sqlite::migrations::AUDIT;
use crate::sqlite::{failed, structure};
use crate::{Contradiction, SoFar, StoreError};
use counts::Key;
use pile::{Both, Pile};
use subjects::Subjects;

const OPERATION: &str = "compare the events with what is kept beside them";

/// So many events are compared at a time: whole stretches.
const SPAN: u64 = 20 * stretch::EVENTS;
/// More threads than these would wait for the disk.
const MOST_THREADS: usize = 4;
/// Of so many counts that are wrong the first is looked for.
const MOST_WRONG: usize = 10_000;
/// After so many of its steps SQLite asks whether to go on.
const STEPS: i32 = 10_000;

/// The first contradiction that there is, whatever others are writing meanwhile.
pub(super) fn contradiction(
    database: &Database,
    so_far: &SoFar,
) -> Result<Option<Contradiction>, StoreError> {
    let connected = database.connect_reading().map_err(sql)?;
    // What is counted is read in the moment that the length is of; events do not change.
    let moment = connected.connection.unchecked_transaction().map_err(sql)?;
    let length = length(&moment).map_err(sql)?;
    if let Some(found) = structure::rebuilt(&moment, &AUDIT).map_err(sql)? {
        return Ok(Some(found));
    }
    if let Some(found) = at_the_ends(&moment, length).map_err(sql)? {
        return Ok(Some(found));
    }
    let Some(subjects) = Subjects::new(&moment).map_err(sql)? else {
        return Ok(Some(Contradiction::Unheard { of: "something".to_owned() }));
    };
    let comparison = Comparison {
        database,
        length,
        so_far,
        next: AtomicU64::new(0),
        compared: Arc::default(),
        stopped: Arc::default(),
        found: Mutex::new(None),
        pile: Mutex::new(Pile::new()),
        subjects,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let broken = std::thread::scope(|scope| {
        // Only asked once the rest agrees, which says more closely what is wrong.
        let broken = scope.spawn(|| comparison.look_for_broken());
        let others: Vec<_> = (1..threads.min(MOST_THREADS))
            .map(|_| scope.spawn(|| comparison.compare_spans()))
            .collect();
        comparison.take_counts(&moment)?;
        // Not longer than needed: meanwhile the WAL cannot be emptied.
        drop(moment);
        comparison.compare_spans()?;
        others.into_iter().try_for_each(|other| other.join().unwrap_or(Err(StoreError::Closed)))?;
        broken.join().unwrap_or(Err(StoreError::Closed))
    })?;
    Ok(comparison.conclude(&connected.connection)?.or(broken))
}

fn sql(error: rusqlite::Error) -> StoreError {
    failed(OPERATION, error)
}

/// What no span of events shows.
fn at_the_ends(moment: &Connection, length: u64) -> rusqlite::Result<Option<Contradiction>> {
    let first: Option<i64> =
        moment.prepare_cached("SELECT min(idx) FROM event")?.query_row([], |row| row.get(0))?;
    if first.is_some_and(|first| first < 0) || clients::of_nobody(moment, length)? {
        return Ok(Some(Contradiction::SlippedIn));
    }
    let beyond = stretch::beyond(moment, length)?;
    Ok(beyond.map(|index| Contradiction::Searched { index }))
}

struct Comparison<'a> {
    database: &'a Database,
    length: u64,
    so_far: &'a SoFar,
    /// Where the next span begins: they are taken in order, so that all before the first contradiction
    /// are looked at.
    next: AtomicU64,
    compared: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
    found: Mutex<Option<(u64, Contradiction)>>,
    pile: Mutex<Pile>,
    subjects: Subjects,
}

impl Comparison<'_> {
    fn take_counts(&self, moment: &Connection) -> Result<(), StoreError> {
        // By itself, so that nobody who adds what was found has to wait for this.
        let mut rows = Vec::new();
        let pile = |rows: &mut Vec<(Key, Both)>| self.pile_up(rows.drain(..));
        counts::kept(moment, |_, key, counts| {
            rows.push((key, Both { kept: Some(counts), found: None }));
            if rows.len() < 4_096 { Ok(()) } else { pile(&mut rows).map_err(Halt::Store) }
        })?;
        pile(&mut rows)
    }

    fn pile_up(&self, counts: impl Iterator<Item = (Key, Both)>) -> Result<(), StoreError> {
        let mut pile = self.pile.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, both) in counts {
            pile.add(key, both).map_err(no_room)?;
        }
        Ok(())
    }

    fn compare_spans(&self) -> Result<(), StoreError> {
        let compared = self.try_compare_spans();
        if compared.is_err() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        compared
    }

    fn try_compare_spans(&self) -> Result<(), StoreError> {
        let connected = self.database.connect_reading().map_err(sql)?;
        while !self.stopped.load(Ordering::Relaxed) {
            let first = self.next.fetch_add(SPAN, Ordering::Relaxed);
            if first >= self.length {
                break;
            }
            let span = first..self.length.min(first.saturating_add(SPAN));
            let mut found = span::Found::new();
            let connection = &connected.connection;
            let contradiction =
                span::contradiction(connection, &span, &mut found, &self.subjects).map_err(sql)?;
            if let Some(contradiction) = contradiction {
                self.stopped.store(true, Ordering::Relaxed);
                let mut first_found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                if first_found.as_ref().is_none_or(|(at, _)| *at > first) {
                    *first_found = Some((first, contradiction));
                }
                break;
            }
            let found = found.into_iter();
            self.pile_up(found.map(|(key, found)| (key, Both { kept: None, found: Some(found) })))?;
            let span = span.end - span.start;
            let compared = self.compared.fetch_add(span, Ordering::Relaxed) + span;
            if (self.so_far)(compared) == ControlFlow::Break(()) {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// How the database is built, beside the comparison: both take about as long.
    fn look_for_broken(&self) -> Result<Option<Contradiction>, StoreError> {
        let mut connected = self.database.connect_reading().map_err(sql)?;
        let (stopped, compared) = (Arc::clone(&self.stopped), Arc::clone(&self.compared));
        let so_far = Arc::clone(self.so_far);
        let stop = move || {
            if so_far(compared.load(Ordering::Relaxed)) == ControlFlow::Break(()) {
                stopped.store(true, Ordering::Relaxed);
            }
            stopped.load(Ordering::Relaxed)
        };
        connected.connection.progress_handler(STEPS, Some(stop)).map_err(sql)?;
        match broken::broken(&connected.connection) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                Ok(None)
            }
            broken => broken.map_err(sql),
        }
    }

    /// Once all spans are compared: do they add up?
    fn conclude(self, connection: &Connection) -> Result<Option<Contradiction>, StoreError> {
        if let Some((_, found)) = self.found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(found));
        }
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let pile = self.pile.into_inner().unwrap_or_else(PoisonError::into_inner);
        let wrong = pile.differing(MOST_WRONG).map_err(no_room)?;
        let first = |(_, both): &(Key, Both)| {
            both.kept.into_iter().chain(both.found).map(|counts| counts.events.0).min()
        };
        if let Some((key, Both { kept, found })) = wrong.into_iter().min_by_key(first) {
            let of = counts::name(connection, key, found.map(|found| found.events.0));
            return Ok(Some(Contradiction::Counted { of: of.map_err(sql)?, kept, found }));
        }
        let Some(id) = self.subjects.unheard() else { return Ok(None) };
        Ok(Some(Contradiction::Unheard { of: subjects::name(connection, id).map_err(sql)? }))
    }
}

fn no_room(error: std::io::Error) -> StoreError {
    StoreError::unavailable("keep counts in temporary files", error)
}

/// Why counts are read no further.
enum Halt {
    Sql(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Halt> for StoreError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Sql(error) => sql(error),
            Halt::Store(error) => error,
        }
    }
}
