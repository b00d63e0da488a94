//! How many events a second the embedded audit log makes durable: by one client that waits for each,
//! and by many at once, whose events share a sync.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has to stop")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use depaudit_model::event::{CacheOutcome, Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, Record};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// A download as the proxy records it, of one of 500 releases.
fn download(number: u64) -> Record {
    let client = Client {
        address: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("cargo/1.95.0 (f2d3ce0bd 2026-03-21)".into()),
        salt: u128::from(number),
    };
    let release = number % 500;
    let time = Timestamp::from_millis(1_772_000_000_000 + number.cast_signed());
    let mut event = Event::new(EventKind::DownloadDecided, time);
    event.team = Some("payments".parse().unwrap());
    event.registry = Some(RegistryName::crates_io());
    event.name = Some(format!("crate-{release}").parse().unwrap());
    event.version = Some(semver::Version::new(1, release, 0));
    event.sha256 = Some(Checksum::of(&release.to_be_bytes()));
    event.bytes = Some(84_000);
    event.source = Some("upstream.example".into());
    event.cache = Some(CacheOutcome::Hit);
    event.decision = Some(Decision::Allow);
    event.policy = Some(Checksum::of(b"policy"));
    event.client = Some(client.commitment());
    event.request_id = Some(RequestId::new(time, number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    Record { event, client: Some(client) }
}

/// Each of `clients` appends `rounds` events, one after the other.
async fn run(log: &Arc<SqliteAuditLog>, clients: u64, rounds: u64) -> Duration {
    let mut records: Vec<Vec<Record>> = Vec::new();
    for client in 0..clients {
        records.push((0..rounds).map(|round| download(client * rounds + round)).collect());
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for records in records {
        let log = Arc::clone(log);
        tasks.spawn(async move {
            for record in records {
                log.append(vec![record]).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    begun.elapsed()
}

fn append(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("event_writer");
    for clients in [1_u64, 64, 500] {
        let folder = tempfile::tempdir().unwrap();
        let log = Arc::new(SqliteAuditLog::open(folder.path()).unwrap());
        group.throughput(Throughput::Elements(clients));
        group.bench_function(BenchmarkId::new("clients", clients), |bencher| {
            bencher.iter_custom(|rounds| runtime.block_on(run(&log, clients, rounds)));
        });
    }
    group.finish();
}

criterion_group!(benches, append);
criterion_main!(benches);
