//! What the stores tell of a release without asking an upstream: enough to judge again what was
//! decided before.

use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_policy::door::{Known, UpstreamStanding};
use depaudit_store::{AuditLog, BlobStore, MetaStore, StoreError};
use semver::Version;

use super::{Judged, Listed};
use crate::cargo::index_body::{Line, stored_lines};
use crate::cargo::licence::licence;
use crate::download::SourceReader;
use crate::record::known;

/// The stores of a proxy, read for facts about releases.
#[derive(Debug)]
pub struct StoredFacts {
    /// Crates.
    pub blobs: Arc<dyn BlobStore>,
    /// Index entries.
    pub meta: Arc<dyn MetaStore>,
    /// The record, which knows what upstreams changed.
    pub log: Arc<dyn AuditLog>,
}

/// The index entry of a crate, as it was last stored.
#[derive(Debug)]
pub struct StoredEntry {
    lines: Vec<Line>,
    confirmed: Timestamp,
    /// On record as named with another checksum than the pinned one.
    contested: BTreeSet<Version>,
}

/// What the stored bytes of a crate tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBytes {
    /// Their number.
    pub size: u64,
    /// The licence that they name. [`Known::NotYet`] where nobody asked for it.
    pub licence: Known<String>,
}

impl StoredFacts {
    /// The index entry of a crate; `None` when none is stored, which says nothing about the crate.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let key = name.to_index_key();
        let Some(entry) = self.meta.index_entry(registry, &key).await? else { return Ok(None) };
        let conflicts = known::conflicts(&*self.log, registry, name).await?;
        Ok(Some(StoredEntry {
            lines: stored_lines(&key, &entry.body),
            confirmed: entry.confirmed,
            contested: conflicts.into_iter().map(|(version, _)| version).collect(),
        }))
    }

    /// The internal registry that has a crate of this name stored, beside the one that was asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn home_of(
        &self,
        internal: &BTreeSet<RegistryName>,
        asked: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<RegistryName>, StoreError> {
        if internal.contains(asked) {
            return Ok(None);
        }
        let key = name.to_index_key();
        for registry in internal {
            if self.meta.index_entry(registry, &key).await?.is_some() {
                return Ok(Some(registry.clone()));
            }
        }
        Ok(None)
    }

    /// What the crate's bytes tell; `None` when they are not stored any more. The manifest is unpacked
    /// only where a licence is asked for.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn bytes(
        &self,
        release: &Release,
        digest: &Checksum,
        with_licence: bool,
    ) -> Result<Option<StoredBytes>, StoreError> {
        let Some(blob) = self.blobs.open(digest).await? else { return Ok(None) };
        let size = blob.size;
        if !with_licence {
            return Ok(Some(StoredBytes { size, licence: Known::NotYet }));
        }
        let (reader, release) = (SourceReader::new(blob.source, size), release.clone());
        let read = tokio::task::spawn_blocking(move || licence(reader, &release)).await;
        // What cannot be unpacked names no licence that anybody knows.
        let licence = match read {
            Ok(Ok(Some(text))) => Known::Yes(text),
            Ok(Ok(None)) => Known::Missing,
            Ok(Err(_)) | Err(_) => Known::NotYet,
        };
        Ok(Some(StoredBytes { size, licence }))
    }
}

impl StoredEntry {
    /// When the upstream last said that this is the newest.
    pub(super) const fn confirmed(&self) -> Timestamp {
        self.confirmed
    }

    /// The crate's name, as it was published.
    pub(super) fn name(&self) -> Option<&CrateName> {
        self.lines.first().map(|line| &line.name)
    }

    /// The versions that are listed.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.lines.iter().map(|line| &line.version)
    }

    /// The line of a version.
    pub(super) fn line(&self, version: &Version) -> Option<&Line> {
        self.lines.iter().find(|line| line.version == *version)
    }

    /// What is known of one version at `now`. A version that is not in the entry was deleted; `bytes`
    /// are those that were served before.
    #[must_use]
    pub fn judged<'a>(
        &'a self,
        version: &Version,
        bytes: Option<&'a StoredBytes>,
        now: Timestamp,
    ) -> Judged<'a> {
        let line = self.lines.iter().find(|line| line.version == *version);
        let standing = match line {
            None => UpstreamStanding::Deleted,
            Some(_) if self.contested.contains(version) => UpstreamStanding::Changed,
            Some(_) => UpstreamStanding::Same,
        };
        Judged {
            published: line.and_then(|line| line.published),
            yanked: line.is_some_and(|line| line.yanked),
            standing,
            listed: Some(Listed { lines: &self.lines, contested: &self.contested }),
            ..Judged::of_bytes(bytes, now)
        }
    }
}

impl StoredBytes {
    /// Bytes of which only their number is known: they were here, and are not stored any more.
    #[must_use]
    pub const fn of_size(size: u64) -> Self {
        Self { size, licence: Known::NotYet }
    }
}

impl<'a> Judged<'a> {
    /// What is known of a release of which no index entry is stored.
    #[must_use]
    pub fn of_bytes(bytes: Option<&'a StoredBytes>, now: Timestamp) -> Self {
        Self {
            now,
            published: None,
            yanked: false,
            standing: UpstreamStanding::Same,
            approved_before: bytes.is_some(),
            licence: match bytes.map(|bytes| &bytes.licence) {
                Some(Known::Yes(text)) => Known::Yes(text),
                Some(Known::Missing) => Known::Missing,
                Some(Known::NotYet) | None => Known::NotYet,
            },
            size: bytes.map_or(Known::NotYet, |bytes| Known::Yes(bytes.size)),
            listed: None,
        }
    }
}
