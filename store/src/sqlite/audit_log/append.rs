use std::sync::Arc;

use depaudit_ledger::TreeHash;
use depaudit_model::cargo::CrateName;
use depaudit_model::event::{Client, Event};
use depaudit_model::{Checksum, TeamId, canonical};
use rusqlite::{Connection, OptionalExtension, params};

use super::tally;
use super::tree::Hashes;
use crate::{Record, StoreError};

/// A record as its rows have it.
#[derive(Debug)]
pub(super) struct EncodedRecord {
    leaf: Vec<u8>,
    hash: TreeHash,
    event: Event,
    client: Option<Client>,
    subject: Option<Subject>,
}

/// What an event is about, as far as it is searched for.
#[derive(Debug)]
struct Subject {
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
        let subject = Subject::of(&event);
        let hash = TreeHash::of_leaf(&leaf);
        Ok(Self { leaf, hash, event, client, subject })
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
    fn id(&self, batch: &Connection) -> rusqlite::Result<i64> {
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
/// Where to go on is asked of the table each time: another process may have appended.
/// The hashes of what was appended go to `grown`, so that the tree need not make them again.
pub(super) fn append(
    batch: &Connection,
    records: &[EncodedRecord],
    grown: &Hashes,
) -> rusqlite::Result<u64> {
    let mut insert_event = batch.prepare_cached(
        "INSERT OR ROLLBACK INTO event (idx, time, kind, team, subject, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut insert_client = batch.prepare_cached(
        "INSERT INTO event_client (idx, address, user_agent, salt) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut next = length(batch)?;
    grown.push(next, records.iter().map(|record| record.hash));
    for EncodedRecord { leaf, event, client, subject, .. } in records {
        let index = next.cast_signed();
        let subject = subject.as_ref().map(|subject| subject.id(batch)).transpose()?;
        insert_event.execute(params![
            index,
            event.time.as_millis(),
            event.kind.as_str(),
            event.team.as_ref().map(TeamId::as_str),
            subject,
            leaf,
        ])?;
        if let Some(Client { address, user_agent, salt }) = client {
            let address = address.map(|address| address.to_string());
            insert_client.execute(params![index, address, user_agent, salt.to_be_bytes()])?;
        }
        tally::note(batch, index, event, subject)?;
        next += 1;
    }
    Ok(next)
}
