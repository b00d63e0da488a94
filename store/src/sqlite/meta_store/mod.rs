mod blobs;
mod columns;
mod exchanges;
mod index;
mod marks;
mod notes;
mod reports;
mod seam;
mod sessions;
mod tokens;
mod waivers;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::change_watch::ChangeWatch;
use super::database::Database;
use super::migrations::META;
use super::readers::Readers;
use super::writer::Writer;
use crate::StoreError;
use notes::{NoteKeeper, Notes};

/// A [`MetaStore`](crate::MetaStore) in `meta.sqlite`.
///
/// Several processes may have the same file open.
#[derive(Debug)]
pub struct SqliteMetaStore {
    /// Before the writer, as the readers are.
    changes: ChangeWatch,
    /// Before the writer, so that they are dropped first.
    readers: Arc<Readers>,
    /// `None` where the store was opened for reading only.
    writer: Option<Writer>,
    /// What is written lazily: with the next batch, or within about a second.
    notes: Arc<Notes>,
}

impl SqliteMetaStore {
    /// Opens the store in the data folder `folder`; makes both when they are absent, and upgrades a
    /// store of an older depaudit. Blocks.
    ///
    /// # Errors
    /// [`StoreError::OtherFormat`] when a newer depaudit has written it,
    /// [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (database, connected) = Database::create(folder, &META)?;
        let notes = Arc::new(Notes::default());
        let keeper = NoteKeeper::new(Arc::clone(&notes));
        let writer = Writer::start(database.clone(), connected, keeper)
            .map_err(|error| StoreError::cannot_open(folder, error))?;
        let changes = ChangeWatch::new(database.clone());
        Ok(Self { writer: Some(writer), readers: Readers::new(database), notes, changes })
    }

    /// Opens the store in the data folder `folder` to read it, also while a server writes to it.
    /// Nothing there is changed. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none, [`StoreError::OtherFormat`] when another
    /// depaudit has written it, [`StoreError::CannotOpen`] when it cannot be opened.
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        let (database, _) = Database::existing(folder, &META)?;
        let (changes, notes) = (ChangeWatch::new(database.clone()), Arc::default());
        Ok(Self { writer: None, readers: Readers::new(database), notes, changes })
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// Writes what is queued and what was only noted, and closes the store, with everything in its
    /// one file; dropping the store does the same, but blocks.
    ///
    /// # Errors
    /// When the writer had failed.
    pub async fn close(&self) -> Result<(), StoreError> {
        // First, since the last connection to close takes the WAL along.
        self.changes.close();
        self.readers.close().await;
        match &self.writer {
            Some(writer) => writer.close().await,
            None => Ok(()),
        }
    }

    /// Waits until the disk has failed ([`StoreError::Broken`]), so that this store takes nothing any more;
    /// says how. Forever, as long as it works.
    pub async fn broken(&self) -> StoreError {
        match &self.writer {
            Some(writer) => writer.broken().await,
            None => std::future::pending().await,
        }
    }

    /// Writes one thing durably.
    async fn write(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.writer()?.write(1, move |batch| work(batch).map(|()| 0)).await.map(drop)
    }
}
