use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use depaudit_model::Checksum;

use crate::StoreError;

/// Crate files under their digests.
///
/// A blob appears under its digest whole or not at all, and only with the bytes that have this
/// digest. What was not finished leaves nothing behind that a later start would not sweep away.
#[async_trait]
pub trait BlobStore: Send + Sync + fmt::Debug {
    /// Opens a new, unnamed blob for writing.
    async fn create(&self) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// Opens the blob with this digest; `None` when there is none.
    ///
    /// What was opened can be read to its end even when it is removed meanwhile.
    async fn open(&self, digest: &Checksum) -> Result<Option<StoredBlob>, StoreError>;

    /// Removes the blob; `false` when there was none.
    async fn remove(&self, digest: &Checksum) -> Result<bool, StoreError>;

    /// The digest and size of every blob, in no particular order.
    async fn list(&self) -> Result<Vec<(Checksum, u64)>, StoreError>;

    /// Writes and removes a few bytes: can the store be written to?
    async fn probe(&self) -> Result<(), StoreError>;
}

/// A blob being written. Dropped without [`BlobWriter::publish`], it is gone.
#[async_trait]
pub trait BlobWriter: Send + fmt::Debug {
    /// Appends `chunk`. What was appended can be read through [`BlobWriter::source`] at once.
    async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError>;

    /// Reads what was written so far; stays readable after `publish` and after the writer is gone.
    fn source(&self) -> Arc<dyn ByteSource>;

    /// Makes the bytes durable and gives them their name, atomically. When a blob of this digest is
    /// there already, that one stays.
    ///
    /// # Errors
    /// [`StoreError::WrongDigest`] when the bytes have another digest; nothing is published then.
    async fn publish(self: Box<Self>, digest: &Checksum) -> Result<(), StoreError>;
}

/// Bytes that can be read from any place.
#[async_trait]
pub trait ByteSource: Send + Sync + fmt::Debug {
    /// Reads at most `most` bytes from `offset` on; fewer at the end, none beyond it.
    async fn read_at(&self, offset: u64, most: usize) -> Result<Bytes, StoreError>;
}

/// A blob that was opened.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes.
    pub source: Arc<dyn ByteSource>,
}
