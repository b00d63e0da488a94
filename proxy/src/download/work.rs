//! One fetch: from the upstream, through every check, into the store.

use std::sync::Arc;

use bytes::Bytes;
use depaudit_model::Checksum;
use depaudit_model::cargo::Release;
use depaudit_model::event::{Decision, EventKind};
use depaudit_store::{BlobStore, BlobUse, BlobWriter, ByteSource, MetaStore, StoredBlob};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, watch};

use super::admitted::Admitted;
use super::fetch_error::FetchError;
use super::source_reader::SourceReader;
use super::stage::{Head, Stage};
use crate::cargo::archive::{self, ArchiveLimits, InspectError};
use crate::metrics::Metrics;
use crate::record::Recorder;
use crate::registry::RegistryEntry;
use crate::upstream::{UpstreamError, UpstreamResponse};

/// What a fetch needs.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) admitted: Arc<Admitted>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) metrics: Metrics,
    pub(super) archive_limits: ArchiveLimits,
    pub(super) inspections: Semaphore,
}

impl Work {
    pub(super) async fn fetch(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
        checksum: Checksum,
        stage: &watch::Sender<Stage>,
    ) -> Result<u64, FetchError> {
        let _slot = registry.crate_slot().await;
        // Another fetch may have ended between the look into the store and this one, or the bytes are
        // those of another release.
        if let Some(blob) = self.blobs.open(&checksum).await? {
            if !self.admitted.has(&registry.name, release, &checksum).await? {
                self.adopt(registry, release, checksum, &blob).await?;
            }
            return Ok(blob.size);
        }
        let template = registry.template().await.map_err(FetchError::Upstream)?;
        let url = template
            .url(release, &checksum)
            .map_err(|error| FetchError::Upstream(UpstreamError::Unexpected(error.to_string())))?;
        let response = registry.download(url).await.map_err(FetchError::Upstream)?;
        let writer = self.blobs.create().await?;
        let (announced, host) = (response.length, response.host.clone());
        let head = Arc::new(Head { size: announced, source: writer.source(), host });
        let (writer, sent, actual) = receive(registry, response, writer, &head, stage).await?;
        if let Some(announced) = announced.filter(|announced| *announced != sent) {
            return Err(FetchError::Length { announced, sent });
        }
        let problem = if actual == checksum {
            self.inspect(release, &head.source, sent).await.err()
        } else {
            Some(FetchError::Checksum { expected: checksum, actual })
        };
        let from = Some(head.host.as_str());
        if let Some(problem) = problem {
            self.record_problem(registry, release, &problem, from, sent).await?;
            return Err(problem);
        }
        // Known first, there second: what is known and not there is fetched again; the other way
        // round it would never be counted or evicted.
        self.register(registry, release, checksum, from, sent).await?;
        writer.publish(&checksum).await?;
        if !self.admitted.is_registered(&registry.name, release, &checksum).await? {
            // The cache was made smaller in between, and forgot what was not there yet.
            self.meta.record_blob(&self.blob(registry, release, checksum, sent)).await?;
        }
        self.metrics.stored.inc_by(sent);
        Ok(sent)
    }

    /// Looks at bytes that are stored already as this release's.
    async fn adopt(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        checksum: Checksum,
        blob: &StoredBlob,
    ) -> Result<(), FetchError> {
        if let Err(problem) = self.inspect(release, &blob.source, blob.size).await {
            self.record_problem(registry, release, &problem, None, blob.size).await?;
            return Err(problem);
        }
        self.register(registry, release, checksum, None, blob.size).await
    }

    /// Looks through the archive. Done once for each release.
    async fn inspect(
        &self,
        release: &Release,
        source: &Arc<dyn ByteSource>,
        size: u64,
    ) -> Result<(), FetchError> {
        let reader = SourceReader::new(Arc::clone(source), size);
        let (release, limits) = (release.clone(), self.archive_limits);
        // Each takes a blocking thread and reads through another: a few at a time never starve the
        // rest.
        let _turn = self.inspections.acquire().await;
        tokio::task::spawn_blocking(move || archive::inspect(reader, &release, &limits))
            .await
            .map_err(|_| FetchError::CheckDied)?
            .map(drop)
            .map_err(|error| match error {
                InspectError::Refused(fault) => FetchError::Archive(Arc::new(fault)),
                InspectError::Source(_) => FetchError::CheckDied,
            })
    }

    /// Notes the release in the store and on record. `from` is the host that sent it; `None` when the
    /// bytes were here.
    async fn register(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        checksum: Checksum,
        from: Option<&str>,
        size: u64,
    ) -> Result<(), FetchError> {
        self.meta.record_blob(&self.blob(registry, release, checksum, size)).await?;
        let mut record = self.recorder.own_event(EventKind::FirstSeen, &registry.name);
        record.event.name = Some(release.name.clone());
        record.event.version = Some(release.version.clone());
        record.event.sha256 = Some(checksum);
        record.event.bytes = Some(size);
        record.event.source = from.map(str::to_owned);
        self.recorder.write(vec![record]).await?;
        self.admitted.put(&registry.name, release, checksum);
        Ok(())
    }

    fn blob(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        digest: Checksum,
        size: u64,
    ) -> BlobUse {
        let now = self.recorder.now();
        let (registry, release) = (registry.name.clone(), release.clone());
        BlobUse { digest, size, registry, release, stored: now, used: now }
    }

    async fn record_problem(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        problem: &FetchError,
        from: Option<&str>,
        size: u64,
    ) -> Result<(), FetchError> {
        let Some(rule) = problem.rule() else { return Ok(()) };
        let (kind, digest) = match problem {
            FetchError::Checksum { actual, .. } => (EventKind::ChecksumConflict, Some(*actual)),
            _ => (EventKind::CrateRefused, None),
        };
        let mut record = self.recorder.own_event(kind, &registry.name);
        record.event.name = Some(release.name.clone());
        record.event.version = Some(release.version.clone());
        record.event.sha256 = digest;
        record.event.bytes = Some(size);
        record.event.source = from.map(str::to_owned);
        record.event.decision = Some(Decision::Deny);
        record.event.rule = Some(rule.to_owned());
        record.event = record.event.with_detail(&problem.to_string());
        Ok(self.recorder.write(vec![record]).await?)
    }
}

/// Writes the body down, hashing it on the way.
async fn receive(
    registry: &RegistryEntry,
    mut response: UpstreamResponse,
    mut writer: Box<dyn BlobWriter>,
    head: &Arc<Head>,
    stage: &watch::Sender<Stage>,
) -> Result<(Box<dyn BlobWriter>, u64, Checksum), FetchError> {
    let (mut hasher, mut written) = (Sha256::new(), 0);
    stage.send_replace(Stage::Receiving { head: Arc::clone(head), written });
    while let Some(chunk) = response.body.next().await {
        let chunk: Bytes = chunk.map_err(|error| {
            registry.body_failed(&error);
            FetchError::Broken(error)
        })?;
        hasher.update(&chunk);
        written += chunk.len() as u64;
        writer.write(chunk).await?;
        stage.send_replace(Stage::Receiving { head: Arc::clone(head), written });
    }
    Ok((writer, written, Checksum::from_bytes(hasher.finalize().into())))
}
