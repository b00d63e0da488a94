use std::ffi::c_int;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrations::Format;
use super::structure;
use crate::StoreError;
use crate::private;

/// How long a connection waits for another process's write: longer than any of ours takes, shorter
/// than a client waits for its first byte.
const PATIENCE: Duration = Duration::from_secs(5);

/// After how many pages the WAL is copied into the database. A checkpoint copies each page once,
/// however often it has changed since the last one. So fewer checkpoints are less work: 16 MiB of WAL
/// between two of them, not SQLite's 4.
const CHECKPOINT_PAGES: c_int = 4_096;

/// A database file, and how it is opened.
#[derive(Debug, Clone)]
pub(super) struct Database {
    path: PathBuf,
    format: &'static Format,
}

impl Database {
    /// Opens the file in `folder` for writing; makes and upgrades it when need be.
    pub(super) fn create(
        folder: &Path,
        format: &'static Format,
    ) -> Result<(Self, Connected), StoreError> {
        let database = Self { path: folder.join(format.file), format };
        let cannot = |error| StoreError::cannot_open(folder, error);
        private::create_folder(folder).map_err(cannot)?;
        // SQLite does not wait for others when it turns a new file to WAL mode, it fails.
        let _alone = private::lock_folder(folder).map_err(cannot)?;
        // SQLite gives its side files the mode of this one.
        private::create_file(&database.path).map_err(cannot)?;
        private::sync_folder(folder).map_err(cannot)?;
        let cannot = |error| StoreError::cannot_open(folder, error);
        let mut connected = database.connect().map_err(cannot)?;
        let found = format.migrate(&mut connected.connection).map_err(cannot)?;
        database.expect_format(folder, found)?;
        let other = structure::other_code(&connected.connection, format).map_err(cannot)?;
        if let Some((what, how)) = other {
            let folder = folder.to_owned();
            return Err(StoreError::OtherCode { folder, database: format.file, what, how });
        }
        settle(&connected.connection).map_err(cannot)?;
        Ok((database, connected))
    }

    /// Opens the file in `folder` for reading; changes nothing there.
    pub(super) fn existing(
        folder: &Path,
        format: &'static Format,
    ) -> Result<(Self, Connected), StoreError> {
        let database = Self { path: folder.join(format.file), format };
        if !database.path.is_file() {
            return Err(StoreError::Missing { folder: folder.to_owned(), database: format.file });
        }
        let cannot = |error| StoreError::cannot_open(folder, error);
        let connected = database.connect_reading().map_err(cannot)?;
        let found = Format::found(&connected.connection).map_err(cannot)?;
        database.expect_format(folder, found)?;
        Ok((database, connected))
    }

    /// One more connection for writing.
    pub(super) fn connect(&self) -> rusqlite::Result<Connected> {
        // Without CREATE: where the file is gone, an empty one in its place would be a lie.
        let mut connected = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let connection = &mut connected.connection;
        // Acknowledged means durable: FULL syncs the WAL with each commit.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is deleted is overwritten: who asked can be erased, and is gone then. Set from the first
        // write on, since SQLite also leaves copies behind when it moves rows between pages.
        connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        let failed = Arc::clone(&connected.failed_checkpoint);
        // Instead of SQLite's own, which says nothing of a sync that failed.
        connection.wal_hook(Some(move |wal: &mut Wal, pages| {
            if pages >= CHECKPOINT_PAGES
                && let Err(error) = wal.checkpoint()
                && is_fatal(&error)
            {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            // Where a reader was in the way or the disk is full, the next commit tries again. What was
            // committed is durable in the WAL in any case.
            Ok(())
        }))?;
        // Room for the index pages that each batch touches again: 16 MiB (in KiB, by its sign).
        connection.pragma_update(None, "cache_size", -16_384)?;
        // A long reader lets the WAL grow; when it has left, the disk is given back.
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        Ok(connected)
    }

    /// One more connection for reading.
    pub(super) fn connect_reading(&self) -> rusqlite::Result<Connected> {
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Whether a connection still stands on the file that has this name now. Where the file was
    /// removed, or another one put in its place, SQLite would go on with one that nobody sees.
    pub(super) fn is_under(&self, connected: &Connected) -> bool {
        file_id(&self.path).is_ok_and(|now| now == connected.file)
    }

    fn open(&self, access: OpenFlags) -> rusqlite::Result<Connected> {
        let gone = |_| rusqlite::Error::InvalidPath(self.path.clone());
        let file = file_id(&self.path).map_err(gone)?;
        // One thread at a time has each connection, by Rust's own rules.
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // Twice what a writer uses: a statement that falls out is parsed again with each event.
        connection.set_prepared_statement_cache_capacity(32);
        // The file may come from elsewhere: nothing in its schema runs anything but plain SQL, and
        // no statement can damage it.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(Connected { connection, file, failed_checkpoint: Arc::default() })
    }

    fn expect_format(&self, folder: &Path, found: u32) -> Result<(), StoreError> {
        let known = self.format.number();
        if found == known {
            return Ok(());
        }
        Err(StoreError::OtherFormat {
            folder: folder.to_owned(),
            database: self.format.file,
            found,
            known,
        })
    }
}

/// Whether an error means that the disk failed.
///
/// After a failed sync, Linux marks the pages as clean although the disk does not have them, and a
/// second sync succeeds without having written anything. Whoever goes on acknowledges what the next
/// power cut takes.
pub(super) fn is_fatal(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

/// Writes anew what the WAL holds. Where a process has ended because a sync failed, the WAL reads well
/// from the system's memory, and the disk may lack parts of it: copied and synced, it is durable.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let settled = empty_wal(connection);
    connection.busy_timeout(PATIENCE)?;
    match settled {
        // It can be read all the same, and takes nothing before there is room.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Ok(()),
        settled => settled,
    }
}

/// Brings everything into the database's own file, so that a copy of that one file is whole. Where
/// another process is reading, its WAL stays. The connection waits for nobody afterwards.
pub(super) fn empty_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// An open connection, and which file it stands on.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) connection: Connection,
    file: FileId,
    failed_checkpoint: Arc<Mutex<Option<rusqlite::Error>>>,
}

impl Connected {
    /// How the disk failed in a checkpoint behind a commit, if it has.
    pub(super) fn failed_checkpoint(&self) -> Option<rusqlite::Error> {
        self.failed_checkpoint.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Device and inode: which file it is, whatever it is called. Where there is no such thing, every
/// file seems the same.
type FileId = (u64, u64);

/// Asks without opening: closing any handle of the file would release SQLite's locks on it, since
/// POSIX advisory locks belong to the process.
fn file_id(path: &Path) -> io::Result<FileId> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    let id = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let id = (0, u64::from(metadata.is_dir()));
    Ok(id)
}
