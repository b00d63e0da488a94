mod append;
mod checkpoint;
mod clients;
mod comparison;
mod head;
mod memory;
mod query;
mod stretch;
mod tally;
mod trace;
mod tree;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use depaudit_ledger::{Edge, SealKey, TileAt, TreeHash};
use rusqlite::{Connection, TransactionBehavior};

use super::database::Database;
use super::failed;
use super::migrations::{AUDIT, Format};
use super::readers::Readers;
use super::writer::{Keeper, Writer};
use crate::blocking::blocking;
use crate::head::NoSeals;
use crate::{
    Appended, AuditLog, ClientFilter, Contradiction, EventFilter, EventOrder, Head, KeptCheckpoint,
    Record, Seals, SoFar, StoreError, StoredEvent,
};
use append::{EncodedRecord, append, length};
use memory::{Memory, Shared};

/// How many events of a log that had no tree yet are taken into it by one transaction.
const GROWTH: u64 = 20_000;

/// An [`AuditLog`] in `audit.sqlite`.
///
/// Several processes may append to the same file and read it.
#[derive(Debug)]
pub struct SqliteAuditLog {
    /// Before the writer, so that they are dropped first.
    readers: Arc<Readers>,
    /// `None` where the log was opened for reading only.
    writer: Option<Writer>,
    /// Of the writer.
    memory: Shared,
}

impl SqliteAuditLog {
    /// Opens the log in the data folder `folder`; makes both when they are absent, and upgrades a
    /// log of an older depaudit. Nobody vouches for what is appended. Blocks.
    ///
    /// # Errors
    /// [`StoreError::OtherFormat`] when a newer depaudit has written the log,
    /// [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_sealed(folder, Arc::new(NoSeals))
    }

    /// The same; each commit is sealed, as long as all that stands before it is.
    ///
    /// # Errors
    /// As [`SqliteAuditLog::open`].
    pub fn open_sealed(folder: &Path, seals: Arc<dyn Seals>) -> Result<Self, StoreError> {
        let (database, mut connected) = Database::create(folder, &AUDIT)?;
        let cannot = |error| StoreError::cannot_open(folder, error);
        let edge = grow_to_the_end(&mut connected.connection).map_err(cannot)?;
        let memory = Shared::default();
        let reckoner = Reckoner {
            acknowledged: edge.size(),
            edge: Some(edge),
            grown: None,
            seals,
            vouched: false,
            grown_vouched: false,
            memory: memory.clone(),
        };
        let writer = Writer::start(database.clone(), connected, reckoner)
            .map_err(|error| StoreError::cannot_open(folder, error))?;
        Ok(Self { writer: Some(writer), readers: Readers::new(database), memory })
    }

    /// Opens the log in the data folder `folder` to read it, also while a server appends to it.
    /// Nothing there is changed. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none, [`StoreError::OtherFormat`] when another
    /// depaudit has written it, [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        let (database, _) = Database::existing(folder, &AUDIT)?;
        Ok(Self { writer: None, readers: Readers::new(database), memory: Shared::default() })
    }

    /// Writes what is queued and closes the log, with everything in its one file; dropping the log
    /// does the same, but blocks.
    ///
    /// # Errors
    /// When the writer had failed.
    pub async fn close(&self) -> Result<(), StoreError> {
        // First, since the last connection to close takes the WAL along.
        self.readers.close().await;
        match &self.writer {
            Some(writer) => writer.close().await,
            None => Ok(()),
        }
    }

    /// Waits until the disk has failed ([`StoreError::Broken`]), so that this log takes nothing any more;
    /// says how. Forever, as long as it works.
    pub async fn broken(&self) -> StoreError {
        match &self.writer {
            Some(writer) => writer.broken().await,
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl AuditLog for SqliteAuditLog {
    async fn append(&self, records: Vec<Record>) -> Result<Appended, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        // Encoded here, so that the writer does nothing but write, and so that an event without an
        // encoding is its caller's error and nobody else's.
        let records = records.into_iter().map(EncodedRecord::new).collect::<Result<Vec<_>, _>>()?;
        let weight = records.len();
        let memory = self.memory.clone();
        let work = move |batch: &Connection| append(batch, &records, &mut memory.get());
        let end = writer.write(weight, work).await?;
        Ok(Appended { first: end - weight as u64 })
    }

    async fn length(&self) -> Result<u64, StoreError> {
        self.readers.read("count the events", length).await
    }

    async fn read(
        &self,
        filter: &EventFilter,
        order: EventOrder,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        const OPERATION: &str = "read events";
        let filter = filter.clone();
        let rows = self
            .readers
            .read(OPERATION, move |connection| query::read(connection, &filter, order, most))
            .await?;
        // Decoding thousands of events takes longer than a task may hold its thread.
        blocking(OPERATION, move || rows.into_iter().map(query::Row::decode).collect()).await
    }

    async fn leaves(&self, first: u64, most: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let read = move |connection: &Connection| tree::leaves(connection, first, most);
        self.readers.read("read the ledger", read).await
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Vec<TreeHash>>, StoreError> {
        self.readers.read("read the ledger", move |connection| tree::tile(connection, at)).await
    }

    async fn edge(&self) -> Result<Edge, StoreError> {
        let read = |connection: &Connection| {
            // One transaction: a writer may be between two of the reads.
            let snapshot = connection.unchecked_transaction()?;
            tree::edge(&snapshot)
        };
        self.readers.read("read the ledger", read).await
    }

    async fn head(&self) -> Result<(Edge, Option<Head>), StoreError> {
        let read = |connection: &Connection| {
            let snapshot = connection.unchecked_transaction()?;
            Ok((tree::edge(&snapshot)?, head::read(&snapshot)?))
        };
        self.readers.read("read the ledger", read).await
    }

    async fn vouch(&self, log: Edge) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        let memory = self.memory.clone();
        let vouch = move |_: &Connection| {
            memory.get().vouched_for = Some(log);
            Ok(0)
        };
        writer.write(1, vouch).await.map(drop)
    }

    async fn contradiction(&self, so_far: SoFar) -> Result<Option<Contradiction>, StoreError> {
        let database = self.readers.database();
        blocking("compare the events", move || comparison::contradiction(&database, &so_far)).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.write(1, move |batch| checkpoint::keep(batch, &checkpoint).map(|()| 0)).await?;
        Ok(())
    }

    async fn release_checkpoint(&self, size: u64) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.write(1, move |batch| checkpoint::release(batch, size).map(|()| 0)).await?;
        Ok(())
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.readers.read("read the ledger", checkpoint::all).await
    }

    async fn count_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError> {
        let whose = whose.clone();
        let end = whose.below.unwrap_or(u64::MAX >> 1);
        let count = move |connection: &Connection| clients::count(connection, &whose, 0, end);
        self.readers.read("count clients", count).await
    }

    async fn forget_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        let length = self.length().await?;
        let end = whose.below.map_or(length, |below| below.min(length));
        let (mut from, mut erased) = (0, 0);
        while from < end {
            let (whose, to) = (whose.clone(), from.saturating_add(clients::AT_ONCE).min(end));
            let erase = move |batch: &Connection| clients::erase(batch, &whose, from, to);
            erased += writer.write(1, erase).await?;
            from = to;
        }
        Ok(erased)
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        // The number that is there already: the page that holds it is written all the same.
        let touch = |batch: &Connection| {
            let number = Format::found(batch)?;
            batch.pragma_update(None, "user_version", number).map(|()| 0)
        };
        writer.write(1, touch).await.map(drop)
    }

    fn queued(&self) -> usize {
        self.writer.as_ref().map_or(0, Writer::queued)
    }
}

/// Takes all events into the tree and the stretches; only those of a log that is older than these are
/// many.
fn grow_to_the_end(connection: &mut Connection) -> rusqlite::Result<Edge> {
    let mut known = None;
    loop {
        let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let length = length(&batch)?;
        let (hashes, recent) = (&mut tree::Hashes::default(), &mut stretch::Recent::default());
        let grown = tree::grow(&batch, known.as_ref(), hashes, GROWTH)?;
        let found = stretch::grow(&batch, recent, length, GROWTH / stretch::EVENTS)?;
        let whole = found && grown.size() == length;
        batch.commit()?;
        if whole {
            return Ok(grown);
        }
        known = Some(grown);
    }
}

/// Remembers how many events were acknowledged, lets the tree grow with each batch, and seals it.
#[derive(Debug)]
struct Reckoner {
    acknowledged: u64,
    /// The tree as it was last committed.
    edge: Option<Edge>,
    /// What becomes of it when the batch is committed.
    grown: Option<Edge>,
    seals: Arc<dyn Seals>,
    /// Whether all that is on record by then is vouched for.
    vouched: bool,
    /// What becomes of that when the batch is committed.
    grown_vouched: bool,
    memory: Shared,
}

impl Reckoner {
    /// Whether the events that were there before the batch are vouched for: nobody else has appended since
    /// our own last commit, or whoever did has a key, or somebody who looked at them says so.
    fn is_vouched_for(
        &self,
        batch: &Connection,
        memory: &mut Memory,
        before: &Edge,
        keys: &[SealKey],
    ) -> rusqlite::Result<bool> {
        let vouched_for = memory.vouched_for.take();
        let length = memory.hashes.first().map_or_else(|| length(batch), Ok)?;
        // Events that the tree lacks are nobody's whose word would count.
        if keys.is_empty() || length != before.size() {
            return Ok(false);
        }
        // An earlier state was brought back, with its own seal: what was acknowledged since is gone.
        if before.size() < self.acknowledged {
            return Ok(false);
        }
        let ours = self.vouched && self.edge.as_ref() == Some(before);
        if ours || length == 0 || vouched_for.as_ref() == Some(before) {
            return Ok(true);
        }
        Ok(head::read(batch)?.is_some_and(|head| head.is_of(before, keys)))
    }
}

impl Keeper for Reckoner {
    const OPERATION: &'static str = "write events";

    fn complete(&mut self, batch: &Connection) -> rusqlite::Result<()> {
        // All of it: whatever another process appended has grown its tree already.
        const ALL: u64 = u64::MAX >> 1;
        let memory = &mut *self.memory.get();
        let end = memory.hashes.end();
        memory.tallies.write(batch)?;
        let before = tree::known(batch, self.edge.as_ref())?;
        let keys = self.seals.keys();
        self.grown_vouched = self.is_vouched_for(batch, memory, &before, &keys)?;
        let grown = tree::grow(batch, Some(&before), &mut memory.hashes, ALL)?;
        stretch::grow(batch, &mut memory.recent, grown.size(), ALL)?;
        if let Some(key) = keys.first().filter(|_| self.grown_vouched) {
            head::write(batch, key, &grown)?;
        }
        // What joined our own transaction, as a trigger that somebody else made lets it, would be sealed.
        if let Some(end) = end
            && (length(batch)? != end || grown.size() != end)
        {
            return Err(rusqlite::Error::StatementChangedRows(2));
        }
        self.grown = Some(grown);
        Ok(())
    }

    fn committed(&mut self, lengths: &[u64]) {
        self.edge = self.grown.take();
        self.vouched = self.grown_vouched;
        self.acknowledged = lengths.iter().copied().fold(self.acknowledged, u64::max);
    }

    fn forget(&mut self) {
        self.memory.get().forget();
        // The file may be another one by now: its own seal tells whether it is vouched for.
        (self.edge, self.vouched) = (None, false);
    }

    /// More events may be there, of another process; never fewer.
    fn inspect(&self, reopened: &Connection) -> Result<(), StoreError> {
        let found = length(reopened).map_err(|error| failed(Self::OPERATION, error))?;
        if found >= self.acknowledged {
            return Ok(());
        }
        Err(StoreError::Damaged {
            what: format!(
                "the audit log holds {found} events, and {} were acknowledged: bring its file back",
                self.acknowledged
            ),
        })
    }
}

#[cfg(test)]
mod tests;
