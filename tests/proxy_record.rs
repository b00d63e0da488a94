//! What happens when the record cannot be written.

#[path = "support/policy.rs"]
mod policy;
mod support;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use depaudit_ledger::{Edge, TileAt, TreeHash};
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_proxy::settings::Recording;
use depaudit_store::{
    Appended, Arrival, AuditLog, ClientFilter, Contradiction, DigestPrefix, Download, DryRun,
    EventFilter, EventOrder, Head, KeptCheckpoint, KnownBytes, Record, SoFar, StoreError,
    StoredEvent, Tally, TeamOnRecord, TeamReceived, Trace, Traced,
};
use depaudit_testkit::{CrateFile, FakeUpstream};
use policy::rules;
use support::Service;

const DOWNLOAD: &str = "crates/foo/1.0.0/download";

/// A log on a disk that is full while a test says so, or whose writer dies behind what it has written.
#[derive(Debug)]
struct Filling {
    log: Arc<dyn AuditLog>,
    full: Arc<AtomicBool>,
    dies: Arc<AtomicBool>,
}

#[async_trait]
impl Trace for Filling {
    async fn tallies(&self, of: &Traced, most: usize) -> Result<Vec<Tally>, StoreError> {
        self.log.tallies(of, most).await
    }

    async fn arrivals(
        &self,
        name: &CrateName,
        team: Option<&TeamId>,
        most: usize,
    ) -> Result<Vec<Arrival>, StoreError> {
        self.log.arrivals(name, team, most).await
    }

    async fn incidents(
        &self,
        name: &CrateName,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.log.incidents(name, most).await
    }

    async fn of_request(
        &self,
        request: &RequestId,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.log.of_request(request, most).await
    }

    async fn releases_with(
        &self,
        sha256: DigestPrefix,
        most: usize,
    ) -> Result<Vec<Release>, StoreError> {
        self.log.releases_with(sha256, most).await
    }

    async fn dry_runs(
        &self,
        team: Option<&TeamId>,
        most: usize,
    ) -> Result<Vec<DryRun>, StoreError> {
        self.log.dry_runs(team, most).await
    }

    async fn known_bytes(
        &self,
        registry: &RegistryName,
        team: Option<&TeamId>,
        releases: &[Release],
    ) -> Result<Vec<Vec<KnownBytes>>, StoreError> {
        self.log.known_bytes(registry, team, releases).await
    }

    async fn teams(&self, most: usize) -> Result<Vec<TeamOnRecord>, StoreError> {
        self.log.teams(most).await
    }

    async fn received(&self, of: Arc<HashSet<Checksum>>) -> Result<Vec<TeamReceived>, StoreError> {
        self.log.received(of).await
    }

    async fn downloads(
        &self,
        teams: &BTreeSet<TeamId>,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Download>, StoreError> {
        self.log.downloads(teams, since, most).await
    }
}

#[async_trait]
impl AuditLog for Filling {
    async fn append(&self, records: Vec<Record>) -> Result<Appended, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(StoreError::unavailable("writing events", full));
        }
        let appended = self.log.append(records).await;
        if self.dies.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("writing events", std::io::Error::other("killed")));
        }
        appended
    }

    async fn length(&self) -> Result<u64, StoreError> {
        self.log.length().await
    }

    async fn read(
        &self,
        filter: &EventFilter,
        order: EventOrder,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.log.read(filter, order, most).await
    }

    async fn leaves(&self, first: u64, most: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.log.leaves(first, most).await
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Vec<TreeHash>>, StoreError> {
        self.log.tile(at).await
    }

    async fn head(&self) -> Result<(Edge, Option<Head>), StoreError> {
        self.log.head().await
    }

    async fn vouch(&self, log: Edge) -> Result<(), StoreError> {
        self.log.vouch(log).await
    }

    async fn edge(&self) -> Result<Edge, StoreError> {
        self.log.edge().await
    }

    async fn contradiction(&self, so_far: SoFar) -> Result<Option<Contradiction>, StoreError> {
        self.log.contradiction(so_far).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.log.keep_checkpoint(checkpoint).await
    }

    async fn release_checkpoint(&self, size: u64) -> Result<(), StoreError> {
        self.log.release_checkpoint(size).await
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.log.checkpoints().await
    }

    async fn count_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError> {
        self.log.count_clients(whose).await
    }

    async fn forget_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError> {
        self.log.forget_clients(whose).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.log.probe().await
    }

    fn queued(&self) -> usize {
        self.log.queued()
    }
}

async fn service(upstream: &FakeUpstream, recording: Recording) -> (Service, Arc<AtomicBool>) {
    let full = Arc::new(AtomicBool::new(false));
    let fills = Arc::clone(&full);
    let service = Service::wrapped(
        upstream,
        |settings| settings.recording = recording,
        move |log| Arc::new(Filling { log, full: fills, dies: Arc::default() }),
    );
    (service.await, full)
}

#[tokio::test]
async fn bad_input_51_strict_serves_nothing_unrecorded_and_recovers_by_itself() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0"));
    let (service, full) = service(&upstream, Recording::Strict).await;
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    full.store(true, Ordering::SeqCst);
    for path in [DOWNLOAD, "index/3/f/foo"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.header("retry-after").is_some());
        let text = answer.text();
        assert!(text.contains("could not be put on record"), "{text}");
        for inner in ["/", "sqlite", "SQL", "storage full", "panicked"] {
            assert!(!text.contains(inner), "{text}");
        }
    }
    full.store(false, Ordering::SeqCst);
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    assert_eq!(service.get("index/3/f/foo").await.status, 200);
}

#[tokio::test]
async fn best_effort_serves_and_puts_the_gap_on_record() {
    let upstream = FakeUpstream::start();
    let packed = upstream.publish(CrateFile::new("foo", "1.0.0"));
    let (service, full) = service(&upstream, Recording::BestEffort).await;
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    full.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    }
    full.store(false, Ordering::SeqCst);
    assert_eq!(service.get(DOWNLOAD).await.body, packed.bytes);
    let events = service.stop().await.events().await;
    let missing: u64 = events
        .iter()
        .filter(|stored| stored.event.kind == EventKind::RecordGap)
        .filter_map(|stored| stored.event.count)
        .sum();
    assert!(missing >= 3, "three decisions at the least: {missing}");
    let kinds = [EventKind::DownloadDecided, EventKind::DownloadFinished];
    let there = events.iter().filter(|stored| kinds.contains(&stored.event.kind)).count() as u64;
    assert_eq!(
        there + missing,
        10,
        "five downloads, each decided and finished: none is unaccounted"
    );
}

#[tokio::test]
async fn an_outcome_that_is_lost_is_counted_into_the_gap_also_in_strict_mode() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0").padding(3 << 20));
    let (service, full) = service(&upstream, Recording::Strict).await;
    let gate = upstream.on("/dl/*").times(1).hold_after(2 << 20);
    let mut answer = service.request(DOWNLOAD).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some(), "decided, on record, under way");
    full.store(true, Ordering::SeqCst);
    gate.open();
    while let Ok(Some(_)) = answer.chunk().await {}
    assert_eq!(service.get(DOWNLOAD).await.status, 503, "nothing goes on record");
    full.store(false, Ordering::SeqCst);

    service.proxy.tidy_up(false).await;
    let gaps = service.events_of(EventKind::RecordGap).await;
    let counts: Vec<_> = gaps.iter().map(|gap| gap.event.count).collect();
    assert_eq!(counts, [Some(1)], "the outcome of the one download that was under way");
}

#[tokio::test]
async fn bad_input_6_pins_outlive_the_loss_of_the_metadata() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let proxy = Service::before(&upstream).await;
    assert_eq!(proxy.get(DOWNLOAD).await.status, 200);
    let stopped = proxy.stop().await;
    std::fs::remove_file(stopped.folder().join("meta.sqlite")).unwrap();

    upstream.remove_version("foo", "1.0.0");
    let other = upstream.publish(CrateFile::new("foo", "1.0.0").library("pub fn evil() {}\n"));
    upstream.publish(CrateFile::new("foo", "1.1.0"));
    let proxy = stopped.restart(&upstream).await;
    let entry = proxy.get("index/3/f/foo").await;
    assert!(entry.text().contains("1.1.0"), "{}", entry.text());
    assert!(!entry.text().contains(&other.checksum.to_string()), "{}", entry.text());
    let conflicts = proxy.events_of(EventKind::ChecksumConflict).await;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].event.sha256, Some(other.checksum));

    // And they are pins in the new metadata again.
    proxy.clock.advance(std::time::Duration::from_secs(120));
    assert!(!proxy.get("index/3/f/foo").await.text().contains(&other.checksum.to_string()));
}

#[tokio::test]
async fn a_return_to_the_policy_before_one_that_was_never_marked_is_a_change_on_record() {
    let upstream = FakeUpstream::start();
    let dies = Arc::new(AtomicBool::new(false));
    let death = Arc::clone(&dies);
    let wrap = move |log| Arc::new(Filling { log, full: Arc::default(), dies: death }) as _;
    let service = Service::wrapped(&upstream, |_| {}, wrap).await;
    let (one, two) = ("[door]\ncontact = 'room 4'\n", "[door]\ncontact = 'room 5'\n");
    service.proxy.change_policy(rules(one)).await.unwrap();
    dies.store(true, Ordering::SeqCst);
    service.proxy.change_policy(rules(two)).await.unwrap_err();
    dies.store(false, Ordering::SeqCst);
    // Behind so many events that only the mark could tell, of which none was decided by any policy.
    let event =
        |_| Record { event: Event::new(EventKind::Administration, Timestamp::EPOCH), client: None };
    service.audit.append((0..1_500).map(event).collect()).await.unwrap();
    service.proxy.change_policy(rules(one)).await.unwrap();
    let changes = service.events_of(EventKind::PolicyChanged).await;
    let digests: Vec<_> = changes.iter().map(|it| it.event.policy).collect();
    assert_eq!(digests.len(), 3, "{digests:?}");
    assert_eq!((digests[0], digests[0] == digests[1]), (digests[2], false));
}
