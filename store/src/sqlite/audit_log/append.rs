use std::sync::Arc;

use depaudit_ledger::TreeHash;
use depaudit_model::cargo::CrateName;
use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{Checksum, RequestId, TeamId, Timestamp, canonical};
use rusqlite::{Connection, OptionalExtension, params};

use super::memory::Memory;
use super::stretch::{self, Mark};
use super::tally::Group;
use crate::{Record, StoreError};

/// A record as its rows have it.
#[derive(Debug)]
pub(super) struct EncodedRecord {
    leaf: Vec<u8>,
    hash: TreeHash,
    mark: Mark,
    time: Timestamp,
    kind: EventKind,
    team: Option<TeamId>,
    count: u64,
    client: Option<(Option<String>, Option<String>, [u8; 16])>,
    subject: Option<Subject>,
    group: Option<Group>,
}

/// What an event is about, as far as it is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    crate_key: Option<String>,
    version: Option<String>,
    sha256: Option<Checksum>,
}

impl EncodedRecord {
    /// # Errors
    /// [`StoreError::NotRecordable`] when the event has no canonical encoding.
    pub(super) fn new(record: Record) -> Result<Self, StoreError> {
        let Record { event, client } = record;
        let leaf = canonical::encode(&event)
            .map_err(|error| StoreError::NotRecordable { source: Arc::new(error) })?;
        Ok(Self {
            hash: TreeHash::of_leaf(&leaf),
            leaf,
            mark: stretch::mark(event.request_id.as_ref().map(RequestId::as_str)),
            time: event.time,
            kind: event.kind,
            client: client.map(|Client { address, user_agent, salt }| {
                (address.map(|address| address.to_string()), user_agent, salt.to_be_bytes())
            }),
            subject: Subject::of(&event),
            group: Group::of(&event),
            count: event.count.unwrap_or(1),
            team: event.team,
        })
    }
}

impl Subject {
    fn of(event: &Event) -> Option<Self> {
        let crate_key = event.name.as_ref().map(CrateName::index_key);
        let version = event.version.as_ref().map(ToString::to_string);
        let sha256 = event.sha256;
        let any = crate_key.is_some() || version.is_some() || sha256.is_some();
        any.then_some(Self { crate_key, version, sha256 })
    }

    /// Its number; it gets one when it is new.
    fn find_or_insert(&self, batch: &Connection) -> rusqlite::Result<i64> {
        let values =
            params![self.crate_key, self.version, self.sha256.as_ref().map(Checksum::as_bytes)];
        // IS, because what is absent is NULL, and equal to what else is absent.
        let known = batch
            .prepare_cached(
                "SELECT id FROM subject WHERE crate IS ?1 AND version IS ?2 AND sha256 IS ?3",
            )?
            .query_row(values, |row| row.get(0))
            .optional()?;
        match known {
            Some(id) => Ok(id),
            None => batch
                .prepare_cached("INSERT INTO subject (crate, version, sha256) VALUES (?1, ?2, ?3)")?
                .insert(values),
        }
    }
}

/// How many events there are: they are contiguous from 0.
pub(super) fn length(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(max(idx) + 1, 0) FROM event")?
        .query_row([], |row| row.get(0))
        .map(i64::cast_unsigned)
}

/// Appends the records inside a transaction that holds the write lock; gives the new length.
///
/// Where to go on is asked of the table each time: another process may have appended. What belongs
/// to the events beside their rows goes to `memory`, for the end of the batch.
pub(super) fn append(
    batch: &Connection,
    records: &[EncodedRecord],
    memory: &mut Memory,
) -> rusqlite::Result<u64> {
    let mut insert_event = batch.prepare_cached(
        "INSERT OR ROLLBACK INTO event (idx, time, kind, team, subject, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut insert_client = batch.prepare_cached(
        "INSERT OR ROLLBACK INTO event_client (idx, address, user_agent, salt) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut next = length(batch)?;
    memory.hashes.push(next, records.iter().map(|record| record.hash));
    memory.recent.push(next, records.iter().map(|record| (record.mark, record.time)));
    for record in records {
        let EncodedRecord { leaf, time, kind, team, subject, client, group, count, .. } = record;
        let index = next.cast_signed();
        let find =
            |subject: &Subject| memory.subjects.id(subject, || subject.find_or_insert(batch));
        let subject = subject.as_ref().map(find).transpose()?;
        let team = team.as_ref().map(TeamId::as_str);
        // One row, or nothing at all: a trigger that somebody else made may swallow it.
        insert_event.insert(params![
            index,
            time.as_millis(),
            kind.as_str(),
            team,
            subject,
            leaf
        ])?;
        if let Some((address, user_agent, salt)) = client {
            insert_client.insert(params![index, address, user_agent, salt])?;
        }
        if let (Some(subject), Some(group)) = (subject, group) {
            let of = (subject, group);
            memory.tallies.note(batch, &mut memory.groups, of, (index, *time, *count))?;
        }
        next += 1;
    }
    Ok(next)
}
