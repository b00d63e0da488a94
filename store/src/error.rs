use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a store could not do what it was asked.
///
/// The text is for operators: it names the operation, never SQL or a secret, and a path only where
/// the operator has just named it, at start; the cause behind it goes to the log alone. Cloneable, because one failed write answers many waiters.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The backend did not take or give the data (disk full, database gone, I/O error).
    #[error("the store is unavailable: {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// What the backend said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The disk failed while something was to be made durable. What it holds of that is unknown, so
    /// nothing is written any more before the store is opened anew.
    #[error("the disk failed, and nothing is written any more: {operation}")]
    Broken {
        /// What was being done.
        operation: &'static str,
        /// What the backend said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// What was stored is not what was read back.
    #[error("the store holds damaged data: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The bytes handed over do not have the digest they were announced with.
    #[error("the bytes have the digest {actual}, not {expected}")]
    WrongDigest {
        /// The digest that was announced.
        expected: depaudit_model::Checksum,
        /// The digest they have.
        actual: depaudit_model::Checksum,
    },
    /// The event has no canonical encoding that fits into a leaf.
    #[error("the event cannot be put on record")]
    NotRecordable {
        /// Why not.
        #[source]
        source: Arc<depaudit_model::canonical::CanonicalError>,
    },
    /// The store was opened for reading only.
    #[error("the store was opened for reading only")]
    ReadOnly,
    /// The folder or database could not be opened. Said at start, to whoever named the folder.
    #[error("cannot open the store in {}", folder.display())]
    CannotOpen {
        /// The folder that was named.
        folder: PathBuf,
        /// What the backend said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// There is no database to read.
    #[error(
        "there is no {database} in {}: name the data folder of a depaudit server",
        folder.display()
    )]
    Missing {
        /// The folder that was named.
        folder: PathBuf,
        /// The file that should be in it.
        database: &'static str,
    },
    /// The database has a format that this depaudit does not read.
    #[error(
        "the {database} in {} has format {found}, and this depaudit reads format {known}: use {}",
        folder.display(),
        if found > known { "a newer depaudit" } else { "`depaudit serve` once, to upgrade it" }
    )]
    OtherFormat {
        /// The folder that was named.
        folder: PathBuf,
        /// The file in it.
        database: &'static str,
        /// The format it has.
        found: u32,
        /// The format that is read here.
        known: u32,
    },
    /// Somebody else's SQL stands in the database, or a guard of ours is gone: it would run with what is
    /// written, or not keep it from being changed.
    #[error(
        "nothing is written to the {database} in {}: its {what} was {how}, by other means than depaudit. \
         `depaudit ledger verify` tells what the record is worth; bring the database back from a copy, or \
         undo that change",
        folder.display()
    )]
    OtherCode {
        /// The folder that was named.
        folder: PathBuf,
        /// The file in it.
        database: &'static str,
        /// What it is and how it is called.
        what: String,
        /// What was done to it.
        how: &'static str,
    },
    /// The store is shutting down and takes nothing any more.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Wraps what a backend said.
    pub fn unavailable(
        operation: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable { operation, source: Arc::new(source) }
    }

    pub(crate) fn cannot_open(
        folder: &Path,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::CannotOpen { folder: folder.to_owned(), source: Arc::new(source) }
    }
}
