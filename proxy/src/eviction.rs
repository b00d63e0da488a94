//! Keeping the crate cache within its bytes.

use depaudit_store::{BlobStore, MetaStore, StoreError};

/// How many candidates are looked at together.
const BATCH: usize = 256;

/// What an eviction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Crates removed.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Removes the crates used longest ago until at most `most` bytes are stored. An answer under way
/// keeps what it has opened (see [`BlobStore::open`]); pinned checksums stay.
///
/// # Errors
/// When the store fails; what was removed until then stays removed.
pub async fn evict(
    meta: &dyn MetaStore,
    blobs: &dyn BlobStore,
    most: u64,
) -> Result<Evicted, StoreError> {
    let mut stored = meta.totals().await?.blob_bytes;
    let mut evicted = Evicted::default();
    while stored > most {
        let oldest = meta.least_recently_used(BATCH).await?;
        if oldest.is_empty() {
            break;
        }
        for blob in oldest {
            if stored <= most {
                break;
            }
            // The file first: a name without a file is fetched again, a file without a name would
            // stay for good.
            blobs.remove(&blob.digest).await?;
            meta.forget_blob(&blob.digest).await?;
            stored = stored.saturating_sub(blob.size);
            evicted.blobs += 1;
            evicted.bytes += blob.size;
        }
    }
    Ok(evicted)
}
