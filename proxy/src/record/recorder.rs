use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{Checksum, Clock, Randomness, RegistryName, RequestId, TeamId};
use depaudit_store::{AuditLog, KnownBytes, Pin, Record, StoreError};
use semver::Version;
use tokio::sync::mpsc;

use super::known;
use super::outcome::OutcomeNote;
use super::windows::Windows;
use crate::error::ProxyError;
use crate::eviction::Evicted;
use crate::metrics::{Metrics, PolicyMetrics};
use crate::settings::Recording;

/// How many outcomes are written together at the most.
const OUTCOME_BATCH: usize = 256;

/// How long an outcome waits for a decision to be written with.
const OUTCOME_PATIENCE: Duration = Duration::from_millis(100);

/// Who asks, and how the answer will be named.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Names the request in headers, logs and events.
    pub id: RequestId,
    /// The team of the path.
    pub team: TeamId,
    /// The registry of the path.
    pub registry: RegistryName,
    /// Who proved to be asking; `None` while the server asks for no token.
    pub principal: Option<String>,
    /// The digest of the policy that the request is answered by.
    pub policy: Option<Checksum>,
    /// The peer.
    pub address: Option<IpAddr>,
    /// Its User-Agent, bounded in length.
    pub user_agent: Option<String>,
}

/// Writes events, and decides what it means when that fails.
///
/// In strict mode a failure is the caller's: it must not serve. In best-effort mode the caller goes
/// on. What is missing, outcomes included, is counted and put on record as soon as the log takes
/// events again.
#[derive(Debug)]
pub struct Recorder {
    log: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    metrics: Metrics,
    mode: Recording,
    pub(super) windows: Windows,
    gap: Arc<Gap>,
    outcomes: mpsc::UnboundedSender<OutcomeNote>,
    ended: Arc<Ended>,
}

/// Outcomes that wait to be written. Nobody waits for them, so they travel with the next decision: a
/// transaction of their own would make that decision wait for two syncs instead of one.
#[derive(Debug)]
struct Ended(Mutex<mpsc::UnboundedReceiver<OutcomeNote>>);

impl Ended {
    /// What waits, at most a batch of it.
    fn take(&self) -> Vec<Record> {
        let mut taken = Vec::new();
        // Whoever holds the lock is taking them.
        if let Ok(mut notes) = self.0.try_lock() {
            while taken.len() < OUTCOME_BATCH {
                let Ok(note) = notes.try_recv() else { break };
                taken.push(note.into_record());
            }
        }
        taken
    }

    /// Whether nothing waits and nothing will come any more.
    fn is_over(&self) -> bool {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.is_closed() && notes.is_empty()
    }
}

/// How many events are missing from the record, until that itself is on record.
#[derive(Debug, Default)]
struct Gap(AtomicU64);

impl Gap {
    fn add(&self, events: u64) {
        self.0.fetch_add(events, Ordering::Relaxed);
    }

    fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }

    fn is_open(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Recorder {
    /// Starts recording. The second value has to be run as a task; it ends when the recorder and
    /// every answer under way are gone, with everything written.
    pub fn new(
        log: Arc<dyn AuditLog>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        metrics: Metrics,
        mode: Recording,
        view_window: Duration,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        // Unbounded in type, bounded in fact: one note for each download under way, and those are
        // bounded by the connections.
        let (outcomes, notes) = mpsc::unbounded_channel();
        let (ended, gap) = (Arc::new(Ended(Mutex::new(notes))), Arc::<Gap>::default());
        let recorder = Arc::new(Self {
            log: Arc::clone(&log),
            clock,
            randomness,
            metrics: metrics.clone(),
            mode,
            windows: Windows::new(view_window),
            gap: Arc::clone(&gap),
            outcomes,
            ended: Arc::clone(&ended),
        });
        (recorder, write_outcomes(log, ended, gap, metrics))
    }

    /// An event of a request, with who asked.
    #[must_use]
    pub fn event(&self, kind: EventKind, context: &RequestContext) -> Record {
        let client = self.client(context.address, context.user_agent.clone());
        let mut event = Event::new(kind, self.clock.now());
        event.team = Some(context.team.clone());
        event.registry = Some(context.registry.clone());
        event.policy = context.policy;
        event.principal.clone_from(&context.principal);
        event.request_id = Some(context.id.clone());
        event.client = Some(client.commitment());
        Record { event, client: Some(client) }
    }

    /// Who asked, to be committed to.
    #[must_use]
    pub fn client(&self, address: Option<IpAddr>, user_agent: Option<String>) -> Client {
        let mut salt = [0; 16];
        self.randomness.fill(&mut salt);
        Client { address, user_agent, salt: u128::from_be_bytes(salt) }
    }

    /// An event of the proxy's own, about a registry.
    #[must_use]
    pub fn own_event(&self, kind: EventKind, registry: &RegistryName) -> Record {
        let mut event = Event::new(kind, self.clock.now());
        event.registry = Some(registry.clone());
        Record { event, client: None }
    }

    /// Returns when the records are durable, or when the mode allows going on without.
    ///
    /// # Errors
    /// In strict mode, when they could not be written.
    pub async fn write(&self, mut records: Vec<Record>) -> Result<(), ProxyError> {
        let wanted = records.len() as u64;
        let missed = self.gap.take();
        if missed > 0 {
            let mut gap = Event::new(EventKind::RecordGap, self.clock.now());
            gap.count = Some(missed);
            records.push(Record { event: gap, client: None });
        }
        let outcomes = self.ended.take();
        let lost = outcomes.len() as u64;
        records.extend(outcomes);
        let Err(error) = self.log.append(records).await else { return Ok(()) };
        self.metrics.record_failures.inc();
        // What has ended has ended, in both modes.
        self.gap.add(missed + lost);
        let error = &error as &dyn std::error::Error;
        match self.mode {
            Recording::Strict => {
                tracing::error!(error, lost, "the record cannot be written");
                Err(ProxyError::Store("this request could not be put on record"))
            }
            Recording::BestEffort => {
                tracing::warn!(error, lost, "served without a record");
                self.gap.add(wanted);
                Ok(())
            }
        }
    }

    /// Returns when the records are durable, in both modes: without them, what they tell of does not happen.
    ///
    /// # Errors
    /// When they could not be written.
    pub async fn write_always(&self, records: Vec<Record>) -> Result<(), ProxyError> {
        let Err(error) = self.log.append(records).await else { return Ok(()) };
        self.metrics.record_failures.inc();
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "the record cannot be written");
        Err(ProxyError::Store("this request could not be put on record"))
    }

    /// Writes what no answer waits for. What cannot be written goes into the gap, in both modes; the
    /// failure was logged where it was met.
    async fn write_in_passing(&self, records: Vec<Record>) {
        let wanted = records.len() as u64;
        if self.write(records).await.is_err() {
            self.gap.add(wanted);
        }
    }

    /// Where the outcome of an answer is sent when it has ended.
    #[must_use]
    pub fn outcomes(&self) -> mpsc::UnboundedSender<OutcomeNote> {
        self.outcomes.clone()
    }

    /// Writes the counts of windows that have ended, or of all of them at the end of the process.
    pub async fn close_windows(&self, all: bool) {
        let now = self.clock.now();
        let records: Vec<Record> = self
            .windows
            .ended(now, all)
            .into_iter()
            .map(|mut event| {
                event.time = now;
                Record { event, client: None }
            })
            .collect();
        for batch in records.chunks(OUTCOME_BATCH) {
            self.write_in_passing(batch.to_vec()).await;
        }
        if self.gap.is_open() {
            // On record as soon as that is possible, also when nobody asks for anything.
            self.write_in_passing(Vec::new()).await;
        }
    }

    /// Other rules are about to be in force, or the old ones stay in spite of a change.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn policy_changed(
        &self,
        policy: Option<Checksum>,
        detail: &str,
    ) -> Result<(), ProxyError> {
        let mut event = Event::new(EventKind::PolicyChanged, self.clock.now());
        event.policy = policy;
        self.write(vec![Record { event: event.with_detail(detail), client: None }]).await
    }

    /// Crates were removed to keep the cache within its bytes.
    pub async fn evicted(&self, evicted: Evicted) {
        let mut event = Event::new(EventKind::Administration, self.clock.now());
        event.count = Some(evicted.blobs);
        event.bytes = Some(evicted.bytes);
        let event = event.with_detail("evicted, to keep the cache within its bytes");
        self.write_in_passing(vec![Record { event, client: None }]).await;
    }

    /// What the record knows of a crate's checksums, whatever the metadata knows of the crate.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn first_seen(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<Pin>, StoreError> {
        known::first_seen(&*self.log, registry, name).await
    }

    /// The versions of a crate, and the checksums named for them against their pins, that are on
    /// record already.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn known_conflicts(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<HashSet<(Version, Checksum)>, StoreError> {
        known::conflicts(&*self.log, registry, name).await
    }

    /// What the policy decides is counted here.
    pub(crate) const fn policy_metrics(&self) -> &PolicyMetrics {
        &self.metrics.policy
    }

    /// What the record knows of the bytes of these releases.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn known_bytes(
        &self,
        registry: &RegistryName,
        team: &TeamId,
        releases: &[Release],
    ) -> Result<Vec<Vec<KnownBytes>>, StoreError> {
        self.log.known_bytes(registry, Some(team), releases).await
    }

    /// How many records wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.log.queued()
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> depaudit_model::Timestamp {
        self.clock.now()
    }

    /// A new request id.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        let mut random = [0; 8];
        self.randomness.fill(&mut random);
        RequestId::new(self.clock.now(), u64::from_be_bytes(random))
    }
}

/// Writes the outcomes that found no decision to travel with.
async fn write_outcomes(
    log: Arc<dyn AuditLog>,
    ended: Arc<Ended>,
    gap: Arc<Gap>,
    metrics: Metrics,
) {
    while !ended.is_over() {
        let records = ended.take();
        if records.is_empty() {
            tokio::time::sleep(OUTCOME_PATIENCE).await;
            continue;
        }
        let lost = records.len() as u64;
        if let Err(error) = log.append(records).await {
            metrics.record_failures.inc();
            gap.add(lost);
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, lost, "the outcomes of downloads cannot be put on record");
        }
    }
}
