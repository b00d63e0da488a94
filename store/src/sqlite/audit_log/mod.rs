mod append;
mod query;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use super::database::Database;
use super::failed;
use super::migrations::{AUDIT, Format};
use super::readers::Readers;
use super::writer::{Keeper, Writer};
use crate::blocking::blocking;
use crate::{Appended, AuditLog, EventFilter, EventOrder, Record, StoreError, StoredEvent};
use append::{EncodedRecord, append, length};

/// An [`AuditLog`] in `audit.sqlite`.
///
/// Several processes may append to the same file and read it.
#[derive(Debug)]
pub struct SqliteAuditLog {
    /// Before the writer, so that they are dropped first.
    readers: Arc<Readers>,
    /// `None` where the log was opened for reading only.
    writer: Option<Writer>,
}

impl SqliteAuditLog {
    /// Opens the log in the data folder `folder`; makes both when they are absent, and upgrades a
    /// log of an older depaudit. Blocks.
    ///
    /// # Errors
    /// [`StoreError::OtherFormat`] when a newer depaudit has written the log,
    /// [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (database, connected) = Database::create(folder, &AUDIT)?;
        let acknowledged = length(&connected.connection)
            .map_err(|error| StoreError::cannot_open(folder, error))?;
        let writer = Writer::start(database.clone(), connected, Reckoner { acknowledged })
            .map_err(|error| StoreError::cannot_open(folder, error))?;
        Ok(Self { writer: Some(writer), readers: Readers::new(database) })
    }

    /// Opens the log in the data folder `folder` to read it, also while a server appends to it.
    /// Nothing there is changed. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none, [`StoreError::OtherFormat`] when another
    /// depaudit has written it, [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        let (database, _) = Database::existing(folder, &AUDIT)?;
        Ok(Self { writer: None, readers: Readers::new(database) })
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
}

#[async_trait]
impl AuditLog for SqliteAuditLog {
    async fn append(&self, records: Vec<Record>) -> Result<Appended, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        // Encoded here, so that the writer does nothing but write, and so that an event without an
        // encoding is its caller's error and nobody else's.
        let records = records.into_iter().map(EncodedRecord::new).collect::<Result<Vec<_>, _>>()?;
        let count = records.len() as u64;
        let end = writer.write(records.len(), move |batch| append(batch, &records)).await?;
        Ok(Appended { first: end - count })
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

/// Remembers how many events were acknowledged.
#[derive(Debug)]
struct Reckoner {
    acknowledged: u64,
}

impl Keeper for Reckoner {
    const OPERATION: &'static str = "write events";

    fn committed(&mut self, lengths: &[u64]) {
        self.acknowledged = lengths.iter().copied().fold(self.acknowledged, u64::max);
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
