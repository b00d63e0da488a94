//! Fetching one crate from its upstream, once, whoever asks.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use depaudit_model::cargo::Release;
use depaudit_model::event::{Decision, EventKind};
use depaudit_model::{Checksum, RegistryName};
use depaudit_store::{BlobStore, BlobUse, BlobWriter, ByteSource, MetaStore, StoreError};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::cargo::archive::{self, ArchiveFault, ArchiveLimits, InspectError};
use crate::error::ProxyError;
use crate::metrics::Metrics;
use crate::record::Recorder;
use crate::registry::RegistryEntry;
use crate::upstream::{UpstreamError, UpstreamResponse};

/// How far a fetch has come.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// The upstream was asked.
    Asking,
    /// It answers.
    Receiving {
        /// What is known of the answer.
        head: Arc<Head>,
        /// How many bytes can be read.
        written: u64,
    },
    /// Verified, and in the store under its digest.
    Stored {
        /// Its size.
        size: u64,
    },
    /// It came to nothing.
    Failed(FetchError),
}

/// What is known of an answer when its headers are there.
#[derive(Debug)]
pub(super) struct Head {
    /// How long it will be, when the upstream said so.
    pub(super) size: Option<u64>,
    /// Where it can be read while it arrives, and afterwards.
    pub(super) source: Arc<dyn ByteSource>,
    /// Who sent it.
    pub(super) host: String,
}

/// Why a crate was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum FetchError {
    /// No usable answer.
    #[error(transparent)]
    Upstream(UpstreamError),
    /// The answer had begun and broke.
    #[error("the upstream's answer broke: {0}")]
    Broken(UpstreamError),
    /// Another length than announced.
    #[error("the upstream announced {announced} bytes and sent {sent}")]
    Length {
        /// As in `Content-Length`.
        announced: u64,
        /// As counted.
        sent: u64,
    },
    /// Other bytes than the index promises.
    #[error("the upstream sent bytes with the checksum {actual}; the index names {expected}")]
    Checksum {
        /// By the index.
        expected: Checksum,
        /// As computed.
        actual: Checksum,
    },
    /// The right bytes, and a crate that breaks a rule.
    #[error("the crate breaks a rule for archives: {0}")]
    Archive(Arc<ArchiveFault>),
    /// Our side.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our side.
    #[error(transparent)]
    Record(#[from] ProxyError),
    /// Our side.
    #[error("the check of the crate did not end")]
    CheckDied,
}

impl FetchError {
    /// The rule that denies it, where the bytes themselves are wrong.
    pub(super) fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Checksum { .. } => Some("checksum-mismatch"),
            Self::Archive(fault) => Some(fault.rule()),
            _ => None,
        }
    }

    /// What the client is told.
    pub(super) fn into_proxy_error(self, registry: &RegistryName, release: &Release) -> ProxyError {
        match self {
            Self::Store(_) | Self::CheckDied => ProxyError::Store("the store cannot be used"),
            Self::Record(error) => error,
            Self::Upstream(error) if error.is_outage() => ProxyError::Unavailable(format!(
                "{release} is not stored here, and the registry `{registry}` gave no answer: {error}"
            )),
            error => {
                let rule = error.rule().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
                ProxyError::BadUpstream(format!(
                    "{release} from the registry `{registry}` was refused{rule}: {error}"
                ))
            }
        }
    }
}

type Key = (RegistryName, Release);

/// The fetches under way.
#[derive(Debug)]
pub(super) struct Fetches {
    running: Arc<Mutex<HashMap<Key, watch::Receiver<Stage>>>>,
    work: Arc<Work>,
}

/// What a fetch needs.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) metrics: Metrics,
    pub(super) archive_limits: ArchiveLimits,
}

impl Fetches {
    pub(super) fn new(work: Work) -> Self {
        Self { running: Arc::default(), work: Arc::new(work) }
    }

    /// Joins the fetch of a release, or starts it. The flag tells whether this call started it. It
    /// goes on when everybody who asked has left: the next one will want it too.
    pub(super) fn join(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
        checksum: Checksum,
    ) -> (watch::Receiver<Stage>, bool) {
        let key = (registry.name.clone(), release.clone());
        let mut running = lock(&self.running);
        if let Some(stage) = running.get(&key) {
            return (stage.clone(), false);
        }
        let (sender, stage) = watch::channel(Stage::Asking);
        running.insert(key.clone(), stage.clone());
        let departure = Departure { key, running: Arc::clone(&self.running) };
        let (work, registry, release) =
            (Arc::clone(&self.work), Arc::clone(registry), release.clone());
        tokio::spawn(async move {
            let ended = match work.fetch(&registry, &release, checksum, &sender).await {
                Ok(size) => Stage::Stored { size },
                Err(error) => {
                    tracing::warn!(registry = %registry.name, %release, %error, "a crate was not stored");
                    Stage::Failed(error)
                }
            };
            // First out of the map, then told: whoever comes next looks into the store.
            drop(departure);
            sender.send_replace(ended);
        });
        (stage, true)
    }
}

impl Work {
    async fn fetch(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        checksum: Checksum,
        stage: &watch::Sender<Stage>,
    ) -> Result<u64, FetchError> {
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
            self.inspect(release, &head, sent).await.err()
        } else {
            Some(FetchError::Checksum { expected: checksum, actual })
        };
        if let Some(problem) = problem {
            self.record_problem(registry, release, &problem, &head, sent).await?;
            return Err(problem);
        }
        self.keep(registry, release, checksum, writer, &head, sent).await?;
        Ok(sent)
    }

    /// Looks through the archive. Done once, before the bytes get their name.
    async fn inspect(&self, release: &Release, head: &Head, size: u64) -> Result<(), FetchError> {
        let reader = SourceReader::new(Arc::clone(&head.source), size);
        let (release, limits) = (release.clone(), self.archive_limits);
        tokio::task::spawn_blocking(move || archive::inspect(reader, &release, &limits))
            .await
            .map_err(|_| FetchError::CheckDied)?
            .map(drop)
            .map_err(|error| match error {
                InspectError::Refused(fault) => FetchError::Archive(Arc::new(fault)),
                InspectError::Source(_) => FetchError::CheckDied,
            })
    }

    async fn keep(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        checksum: Checksum,
        writer: Box<dyn BlobWriter>,
        head: &Head,
        size: u64,
    ) -> Result<(), FetchError> {
        let now = self.recorder.now();
        // Known first, there second: what is known and not there is fetched again; the other way
        // round it would never be counted or evicted.
        let blob = BlobUse {
            digest: checksum,
            size,
            registry: registry.name.clone(),
            release: release.clone(),
            stored: now,
            used: now,
        };
        self.meta.record_blob(&blob).await?;
        let mut record = self.recorder.own_event(EventKind::FirstSeen, &registry.name);
        record.event.name = Some(release.name.clone());
        record.event.version = Some(release.version.clone());
        record.event.sha256 = Some(checksum);
        record.event.bytes = Some(size);
        record.event.source = Some(head.host.clone());
        self.recorder.write(vec![record]).await?;
        writer.publish(&checksum).await?;
        self.metrics.stored.inc_by(size);
        Ok(())
    }

    async fn record_problem(
        &self,
        registry: &RegistryEntry,
        release: &Release,
        problem: &FetchError,
        head: &Head,
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
        record.event.source = Some(head.host.clone());
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

/// Reads a source from a blocking thread.
struct SourceReader {
    source: Arc<dyn ByteSource>,
    offset: u64,
    size: u64,
    piece: Bytes,
    runtime: tokio::runtime::Handle,
}

impl SourceReader {
    fn new(source: Arc<dyn ByteSource>, size: u64) -> Self {
        let runtime = tokio::runtime::Handle::current();
        Self { source, offset: 0, size, piece: Bytes::new(), runtime }
    }
}

impl Read for SourceReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        const PIECE: usize = 128 * 1024;
        if self.piece.is_empty() && self.offset < self.size {
            let read = self.source.read_at(self.offset, PIECE);
            self.piece = self.runtime.block_on(read).map_err(io::Error::other)?;
            self.offset += self.piece.len() as u64;
        }
        let count = self.piece.len().min(out.len());
        let (head, place) = (self.piece.split_to(count), out.get_mut(..count));
        if let Some(place) = place {
            place.copy_from_slice(&head);
        }
        Ok(count)
    }
}

struct Departure {
    key: Key,
    running: Arc<Mutex<HashMap<Key, watch::Receiver<Stage>>>>,
}

impl Drop for Departure {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Single insertions and removals: sensible even after a panic in between.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
