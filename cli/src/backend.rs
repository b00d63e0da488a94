//! The choice of backends: the only place that names them.

use std::path::Path;
use std::sync::Arc;

use depaudit_store::folder::FolderBlobStore;
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{AuditLog, BlobStore, MetaStore, StoreError};

use crate::ledger::{KeyPlace, KeySeals, Keyless, take_up};

/// Opens the record in a data folder for reading, also while a server appends to it.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn open_log(data: &Path) -> anyhow::Result<Arc<dyn AuditLog>> {
    Ok(Arc::new(SqliteAuditLog::open_read_only(data)?))
}

/// Opens what is known of the registries in a data folder, for reading. `None` where the record lies
/// alone, as a copy of it does.
///
/// # Errors
/// When it cannot be read.
pub fn open_meta(data: &Path) -> anyhow::Result<Option<Arc<dyn MetaStore>>> {
    match SqliteMetaStore::open_read_only(data) {
        Ok(meta) => Ok(Some(Arc::new(meta))),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens the crates in a data folder that a server has made.
///
/// # Errors
/// When the folder cannot be used.
pub fn open_blobs(data: &Path) -> anyhow::Result<Arc<dyn BlobStore>> {
    Ok(Arc::new(FolderBlobStore::open(data)?))
}

/// The three stores of a data folder, opened for work.
#[derive(Debug)]
pub struct Backend {
    /// Crates.
    pub blobs: Arc<dyn BlobStore>,
    /// The index, and what is known of the crates.
    pub meta: Arc<dyn MetaStore>,
    /// The record.
    pub audit: Arc<dyn AuditLog>,
    closing: Closing,
}

/// Whose writers are closed at the end.
#[derive(Debug)]
struct Closing {
    meta: Arc<SqliteMetaStore>,
    audit: Arc<SqliteAuditLog>,
}

/// Opens the stores of a data folder to go on with its record; makes what is absent, also the ledger's key.
/// Several processes may do so at once.
///
/// # Errors
/// When the folder cannot be made or used, a newer depaudit has written it, or the record is not what
/// holders of the key have left.
pub async fn open(data: &Path, key: &KeyPlace) -> anyhow::Result<Backend> {
    let backend = open_as_it_is(data, key)?;
    take_up(&backend.audit, data, key, Keyless::Make).await?;
    Ok(backend)
}

/// Opens the stores whatever the record is.
///
/// # Errors
/// When the folder cannot be made or used, or a newer depaudit has written it.
pub fn open_as_it_is(data: &Path, key: &KeyPlace) -> anyhow::Result<Backend> {
    let meta = Arc::new(SqliteMetaStore::open(data)?);
    let seals = Arc::new(KeySeals::new(key.clone()));
    let audit = Arc::new(SqliteAuditLog::open_sealed(data, seals)?);
    Ok(Backend {
        blobs: Arc::new(FolderBlobStore::open(data)?),
        meta: Arc::clone(&meta) as Arc<dyn MetaStore>,
        audit: Arc::clone(&audit) as Arc<dyn AuditLog>,
        closing: Closing { meta, audit },
    })
}

/// Opens the stores of a data folder that a server has made, to put something on record. A mistyped folder
/// is an error then, and not an empty cache.
///
/// # Errors
/// As [`open`], and when there is nothing, or the key that a server has signed with is not at hand.
pub async fn open_existing(data: &Path) -> anyhow::Result<Backend> {
    let named = std::env::var_os("DEPAUDIT_LEDGER_KEY_FILE").filter(|file| !file.is_empty());
    open_with_key(data, &KeyPlace::choose(named.map(Into::into), data)).await
}

/// The same with the key from where the caller was told.
///
/// # Errors
/// As [`open_existing`].
pub async fn open_with_key(data: &Path, key: &KeyPlace) -> anyhow::Result<Backend> {
    SqliteAuditLog::open_read_only(data)?;
    let backend = open_as_it_is(data, key)?;
    take_up(&backend.audit, data, key, Keyless::Leave).await?;
    Ok(backend)
}

/// Opens the stores of a data folder that a server has made, for whoever puts nothing on record.
///
/// # Errors
/// When there is nothing, or it cannot be used.
pub fn open_to_read(data: &Path) -> anyhow::Result<Backend> {
    SqliteAuditLog::open_read_only(data)?;
    open_as_it_is(data, &KeyPlace::choose(None, data))
}

impl Backend {
    /// Waits until the disk fails under a store, so that nothing can be promised any more; says how.
    pub async fn broken(&self) -> StoreError {
        tokio::select! {
            broken = self.closing.audit.broken() => broken,
            broken = self.closing.meta.broken() => broken,
        }
    }

    /// Writes what is queued, and closes the stores for writing.
    ///
    /// # Errors
    /// When a writer had failed.
    pub async fn close(self) -> anyhow::Result<()> {
        self.closing.audit.close().await?;
        self.closing.meta.close().await?;
        Ok(())
    }
}
