use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use depaudit_model::cargo::Release;
use depaudit_model::event::{CacheOutcome, Event, EventKind};
use depaudit_model::{Checksum, Clock};
use depaudit_store::{BlobStore, MetaStore};
use http::Method;
use http::request::Parts;
use http_body_util::{Empty, Full};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::admitted::Admitted;
use super::body;
use super::conditions::{Plan, plan};
use super::decision::say;
use super::fetch_error::FetchError;
use super::fetches::Fetches;
use super::hot::Hot;
use super::judge::{Asked, LICENCES};
use super::source::{Source, head_response};
use super::stage::Stage;
use super::streaming::Streaming;
use super::work::Work;
use crate::cargo::archive::ArchiveLimits;
use crate::door::{InForce, Wanted, keep_in};
use crate::error::ProxyError;
use crate::index::{Found, IndexService};
use crate::metrics::Metrics;
use crate::record::{Recorder, RequestContext, Tracked};
use crate::registry::RegistryEntry;
use crate::settings::Settings;
use crate::waivers::Queue;

/// How many crates are looked through at the same time.
const INSPECTIONS: usize = 4;

/// Gives out crates.
#[derive(Debug)]
pub struct DownloadService {
    index: Arc<IndexService>,
    blobs: Arc<dyn BlobStore>,
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) queue: Queue,
    pub(super) clock: Arc<dyn Clock>,
    hot: Arc<Hot>,
    /// What the manifests of crates name, by the crates' digests.
    pub(super) licences: Cache<Checksum, Option<String>>,
    fetches: Fetches,
    admitted: Arc<Admitted>,
    stream_from: u64,
    used: Mutex<HashSet<Checksum>>,
}

/// What a prefetch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefetched {
    /// It was stored already.
    There(u64),
    /// It was fetched now.
    Fetched(u64),
}

impl DownloadService {
    /// Builds the service; opens nothing.
    #[must_use]
    pub fn new(
        settings: &Settings,
        index: Arc<IndexService>,
        blobs: Arc<dyn BlobStore>,
        meta: Arc<dyn MetaStore>,
        recorder: Arc<Recorder>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        let queue = Queue::new(Arc::clone(&meta));
        let admitted = Arc::new(Admitted::new(Arc::clone(&meta)));
        let work = Work {
            blobs: Arc::clone(&blobs),
            meta: Arc::clone(&meta),
            admitted: Arc::clone(&admitted),
            recorder: Arc::clone(&recorder),
            metrics,
            archive_limits: ArchiveLimits::DEFAULT,
            inspections: Semaphore::new(INSPECTIONS),
        };
        Self {
            index,
            blobs,
            meta,
            recorder,
            queue,
            clock,
            hot: Arc::new(Hot::new(settings.crate_memory)),
            licences: Cache::new(LICENCES),
            fetches: Fetches::new(work),
            admitted,
            stream_from: settings.stream_from,
            used: Mutex::default(),
        }
    }

    /// Answers the request for a crate.
    ///
    /// The decision is durable before this returns; the outcome follows when the body has ended.
    /// `rules` are those of the request's beginning, and `latest` tells those that are in force when the
    /// bytes are at hand.
    ///
    /// `HEAD` is answered from the same facts and leaves no record, since no byte of the crate leaves.
    ///
    /// # Errors
    /// [`ProxyError::NotFound`] for a release that is none, 502 for one whose bytes are wrong (on
    /// record as denied), 503 when neither store nor upstream has it, or the record cannot be written.
    pub async fn answer(
        &self,
        context: &RequestContext,
        (rules, latest): (&InForce, &(dyn Fn() -> Arc<InForce> + Sync)),
        registry: &Arc<RegistryEntry>,
        release: &Release,
        request: &Parts,
    ) -> Result<(Response, CacheOutcome), ProxyError> {
        let Parts { method, headers, .. } = request;
        let internal = rules.door().internal_registries();
        let home = self.index.home_of(internal, &registry.name, &release.name).await?;
        let home = home.as_ref();
        keep_in(&self.recorder, context, rules, Wanted::Crate(release, method), home).await?;
        let Some(found) = self.index.find(registry, release).await? else {
            return Err(ProxyError::NotFound(format!(
                "the registry `{}` has no {release} (the spelling of the name counts)",
                registry.name
            )));
        };
        let checksum = found.checksum;
        let asked = Asked { context, rules, release, method, home };
        // Before anything is fetched: what is blocked is not even stored.
        let mut verdict = self.judge(asked, &found, None).await?;
        let streaming = Streaming::of(request).under(rules.door());
        let (source, cache) = match self.obtain(registry, release, checksum, streaming).await {
            Ok(found) => found,
            Err(error) => {
                self.record_wrong_bytes(asked, checksum, &error).await?;
                return Err(error.into_proxy_error(&registry.name, release));
            }
        };
        // A fetch takes its time, and a policy or a waiver may have ended meanwhile: no byte leaves under
        // rules that are not in force any more.
        let latest = latest();
        let others = !std::ptr::eq(&*latest, rules);
        let later = RequestContext { policy: latest.digest(), ..context.clone() };
        let asked = if others { Asked { context: &later, rules: &latest, ..asked } } else { asked };
        if others || cache != CacheOutcome::Hit || latest.door().asks_for_content() {
            verdict = self.judge(asked, &found, Some(&source)).await?;
        }
        let context = asked.context;
        let etag = format!("\"{checksum}\"");
        let plan = match source.size() {
            Some(size) => plan(method, headers, &etag, size),
            None => Plan::Whole,
        };
        if let (Plan::Part(..), Source::Stored(blob)) = (&plan, &source)
            && !body::is_whole(blob, &checksum).await.unwrap_or(false)
        {
            // A part cannot be proven while it leaves, so the whole is proven first.
            tracing::error!(sha256 = %checksum, "a stored crate is damaged; it is fetched again");
            let _ = self.blobs.remove(&checksum).await;
            return Err(ProxyError::Store("the stored crate is damaged and is fetched again"));
        }
        if *method == Method::HEAD {
            return Ok((head_response(&source, &plan, &etag), cache));
        }
        let mut record = self.recorder.event(EventKind::DownloadDecided, context);
        record.event.name = Some(release.name.clone());
        record.event.version = Some(release.version.clone());
        record.event.sha256 = Some(checksum);
        record.event.bytes = source.size();
        record.event.cache = Some(cache);
        say(&mut record.event, &verdict);
        if let Source::Arriving(head, _) = &source {
            record.event.source = Some(head.host.clone());
        }
        let decided = record.event.clone();
        // A client that leaves while the decision is being written drops this future: the outcome of
        // that decision is told all the same.
        let leaving = self.follow(Empty::<Bytes>::new(), &decided, u64::MAX);
        if let Err(error) = self.recorder.write(vec![record]).await {
            leaving.forget();
            return Err(error);
        }
        leaving.forget();
        self.recorder.policy_metrics().passed(&verdict);
        let expected = match &plan {
            Plan::Whole => source.size().unwrap_or(u64::MAX),
            Plan::Part(begin, end) => end - begin,
            Plan::NotModified | Plan::Unsatisfiable => 0,
        };
        let mut response = head_response(&source, &plan, &etag);
        let follow = Follow { service: self, decided: &decided, expected };
        *response.body_mut() = self.body(source, &plan, checksum, &follow);
        Ok((response, cache))
    }

    /// Makes sure that a release is stored, without serving it to anybody.
    ///
    /// # Errors
    /// As [`Self::answer`]; also when `expected` is given and the registry pins another checksum.
    pub async fn prefetch(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
        expected: Option<Checksum>,
    ) -> Result<Prefetched, ProxyError> {
        let Some(Found { checksum, .. }) = self.index.find(registry, release).await? else {
            return Err(ProxyError::NotFound(format!(
                "the registry `{}` has no {release}",
                registry.name
            )));
        };
        if let Some(expected) = expected.filter(|expected| *expected != checksum) {
            return Err(ProxyError::BadUpstream(format!(
                "{release}: the lock names the checksum {expected}, the registry `{}` {checksum}",
                registry.name
            )));
        }
        match self.obtain(registry, release, checksum, Streaming::None).await {
            Ok((source, cache)) => {
                let size = source.size().unwrap_or(0);
                Ok(match cache {
                    CacheOutcome::Hit => Prefetched::There(size),
                    _ => Prefetched::Fetched(size),
                })
            }
            Err(error) => Err(error.into_proxy_error(&registry.name, release)),
        }
    }

    /// Gives up every fetch under way.
    pub(crate) fn abandon(&self) {
        self.fetches.abandon();
    }

    /// Tells the store which crates were used since the last call.
    pub async fn flush_uses(&self) {
        let used: Vec<Checksum> = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.drain().collect()
        };
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.meta.touch_blobs(&used, self.clock.now()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "when crates were last used could not be noted");
        }
    }

    /// Finds the bytes, fetching them when they are not here.
    async fn obtain(
        &self,
        registry: &Arc<RegistryEntry>,
        release: &Release,
        checksum: Checksum,
        streaming: Streaming,
    ) -> Result<(Source, CacheOutcome), FetchError> {
        if self.admitted.has(&registry.name, release, &checksum).await?
            && let Some(found) = self.stored(&checksum).await?
        {
            return Ok((found, CacheOutcome::Hit));
        }
        let (mut stage, leader) = self.fetches.join(registry, release, checksum);
        let cache = if leader { CacheOutcome::Miss } else { CacheOutcome::Coalesced };
        let enough = |stage: &Stage| match stage {
            Stage::Asking => false,
            Stage::Receiving { head, written } => {
                streaming.allows(head.size)
                    && head.size.unwrap_or(*written) > self.stream_from
                    && *written > 0
            }
            Stage::Stored { .. } | Stage::Failed(_) => true,
        };
        let reached = match stage.wait_for(enough).await {
            Ok(reached) => reached.clone(),
            Err(_) => return Err(FetchError::CheckDied),
        };
        match reached {
            Stage::Receiving { head, .. } => Ok((Source::Arriving(head, stage), cache)),
            Stage::Failed(error) => Err(error),
            Stage::Stored { .. } | Stage::Asking => match self.stored(&checksum).await? {
                Some(found) => Ok((found, cache)),
                // Stored and evicted again in between: the cache is far too small.
                None => Err(FetchError::Record(ProxyError::Store("the cache is too small"))),
            },
        }
    }

    /// The bytes, when they are here: from memory, or from the store. Small ones are verified once
    /// more on their way into memory.
    async fn stored(&self, checksum: &Checksum) -> Result<Option<Source>, FetchError> {
        if let Some(bytes) = self.hot.get(checksum) {
            self.note_use(*checksum);
            return Ok(Some(Source::Memory(bytes)));
        }
        let Some(blob) = self.blobs.open(checksum).await? else { return Ok(None) };
        self.note_use(*checksum);
        if !self.hot.takes(blob.size) {
            return Ok(Some(Source::Stored(blob)));
        }
        let bytes =
            blob.source.read_at(0, usize::try_from(blob.size).unwrap_or(usize::MAX)).await?;
        if Checksum::of(&bytes) == *checksum {
            self.hot.put(*checksum, bytes.clone());
            return Ok(Some(Source::Memory(bytes)));
        }
        tracing::error!(sha256 = %checksum, "a stored crate is damaged; it is fetched again");
        self.blobs.remove(checksum).await?;
        Ok(None)
    }

    fn note_use(&self, checksum: Checksum) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(checksum);
    }

    fn body(&self, source: Source, plan: &Plan, checksum: Checksum, track: &Follow<'_>) -> Body {
        match (plan, source) {
            (Plan::NotModified | Plan::Unsatisfiable, _) => track.body(Full::new(Bytes::new())),
            (Plan::Whole, Source::Memory(bytes)) => track.body(Full::new(bytes)),
            (Plan::Part(begin, end), Source::Memory(bytes)) => {
                // The plan was made for this very size, which fits into memory.
                let range =
                    usize::try_from(*begin).unwrap_or(0)..usize::try_from(*end).unwrap_or(0);
                track.body(Full::new(bytes.slice(range)))
            }
            (plan, Source::Stored(blob)) => {
                let (begin, end) = match plan {
                    Plan::Part(begin, end) => (*begin, *end),
                    _ => (0, blob.size),
                };
                let (blobs, hot) = (Arc::clone(&self.blobs), Arc::clone(&self.hot));
                let damaged = move || {
                    tracing::error!(sha256 = %checksum, "a stored crate is damaged; it was cut off");
                    hot.remove(&checksum);
                    // The next request fetches it again.
                    tokio::spawn(async move { blobs.remove(&checksum).await });
                };
                track.body(body::stored(blob, begin, end, checksum, damaged))
            }
            (_, Source::Arriving(head, stage)) => track.body(body::arriving(head, stage)),
        }
    }

    fn follow<B>(&self, body: B, decided: &Event, expected: u64) -> Tracked<B> {
        let clock = Arc::clone(&self.clock);
        Tracked::new(body, decided, expected, clock, self.recorder.outcomes())
    }
}

/// Puts the outcome of an answer on record when its body has ended.
struct Follow<'a> {
    service: &'a DownloadService,
    decided: &'a Event,
    expected: u64,
}

impl Follow<'_> {
    fn body<B>(&self, body: B) -> Body
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        Body::new(self.service.follow(body, self.decided, self.expected))
    }
}
