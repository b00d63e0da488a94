//! What happens when the record cannot be written.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use depaudit_model::event::EventKind;
use depaudit_proxy::settings::Recording;
use depaudit_store::{
    Appended, AuditLog, EventFilter, EventOrder, Record, StoreError, StoredEvent,
};
use depaudit_testkit::{CrateFile, FakeUpstream};
use support::Service;

const DOWNLOAD: &str = "crates/foo/1.0.0/download";

/// A log on a disk that is full while a test says so.
#[derive(Debug)]
struct Filling {
    log: Arc<dyn AuditLog>,
    full: Arc<AtomicBool>,
}

#[async_trait]
impl AuditLog for Filling {
    async fn append(&self, records: Vec<Record>) -> Result<Appended, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(StoreError::unavailable("writing events", full));
        }
        self.log.append(records).await
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
        move |log| Arc::new(Filling { log, full: fills }),
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
    let gaps = service.events_of(EventKind::RecordGap).await;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].event.count, Some(3));
}
