use std::sync::Arc;

use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, RegistryName};
use depaudit_store::{MetaStore, StoreError};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;

/// How many releases are remembered; the store is asked about others.
const REMEMBERED: usize = 65_536;

/// Which releases were looked through and registered under their digest.
///
/// That some bytes are stored says nothing about a release which names their digest: they may be
/// another crate's. What counts is that they were looked through as this release's.
#[derive(Debug)]
pub(super) struct Admitted {
    meta: Arc<dyn MetaStore>,
    known: Cache<Key, Checksum>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key(RegistryName, Release);

/// Looks up without building a key.
#[derive(Hash)]
struct Asked<'a>(&'a RegistryName, &'a Release);

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.0 == key.0 && *self.1 == key.1
    }
}

impl Admitted {
    pub(super) fn new(meta: Arc<dyn MetaStore>) -> Self {
        Self { meta, known: Cache::new(REMEMBERED) }
    }

    /// Whether the release was admitted with this digest.
    pub(super) async fn has(
        &self,
        registry: &RegistryName,
        release: &Release,
        digest: &Checksum,
    ) -> Result<bool, StoreError> {
        if self.known.get(&Asked(registry, release)) == Some(*digest) {
            return Ok(true);
        }
        let admitted = self.is_registered(registry, release, digest).await?;
        if admitted {
            self.put(registry, release, *digest);
        }
        Ok(admitted)
    }

    /// The same, asked of the store: what is remembered may have been evicted since.
    pub(super) async fn is_registered(
        &self,
        registry: &RegistryName,
        release: &Release,
        digest: &Checksum,
    ) -> Result<bool, StoreError> {
        let stored = self.meta.blobs_of(&release.name, Some(&release.version)).await?;
        Ok(stored.iter().any(|blob| {
            blob.registry == *registry && blob.release == *release && blob.digest == *digest
        }))
    }

    /// The release is registered in the store under this digest.
    pub(super) fn put(&self, registry: &RegistryName, release: &Release, digest: Checksum) {
        self.known.insert(Key(registry.clone(), release.clone()), digest);
    }
}
