use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::migrations::Format;
use crate::StoreError;
use crate::private;

/// How long a connection waits for another process's write: longer than any of ours takes, shorter
/// than a client waits for its first byte.
const PATIENCE: Duration = Duration::from_secs(5);

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
        let connected = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let connection = &connected.connection;
        // Acknowledged means durable: FULL syncs the WAL with each commit.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A checkpoint copies each page once, however often it has changed since the last one. So
        // fewer checkpoints are less work: 16 MiB of WAL between two of them, not 4.
        connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
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
        // The file may come from elsewhere: nothing in its schema runs anything but plain SQL, and
        // no statement can damage it.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(Connected { connection, file })
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

/// An open connection, and which file it stands on.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) connection: Connection,
    file: FileId,
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
