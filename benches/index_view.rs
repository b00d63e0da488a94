//! What an index view costs: reading an upstream's entry, making the view, answering from memory.
#![expect(clippy::expect_used, reason = "a panic is the report of a benchmark")]

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_policy::PolicyFile;
use depaudit_proxy::cargo::index_body::merge;
use depaudit_proxy::cargo::view::View;
use depaudit_proxy::door::Rules;
use depaudit_proxy::metrics::Metrics;
use depaudit_proxy::settings::Settings;
use depaudit_proxy::upstream::UpstreamSettings;
use depaudit_proxy::{Parts, Proxy};
use depaudit_store::Validators;
use depaudit_store::folder::FolderBlobStore;
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_testkit::{BentClock, CountingRandomness, FakeUpstream};
use tower::ServiceExt;

/// An entry of about `size` bytes, with lines like those of a crate with some dependencies.
fn entry(size: usize) -> Bytes {
    let mut body = String::new();
    for number in 0.. {
        let cksum = Checksum::of(format!("{number}").as_bytes());
        let line = writeln!(
            body,
            r#"{{"name":"serde","vers":"1.0.{number}","deps":[{{"name":"serde_derive","req":"^1.0","features":[],"optional":true,"default_features":true,"target":null,"kind":"normal"}}],"cksum":"{cksum}","features":{{"default":["std"],"derive":["serde_derive"],"std":[]}},"yanked":false,"pubtime":"2026-01-01T00:00:00Z"}}"#
        );
        if line.is_err() || body.len() >= size {
            return body.into();
        }
    }
    body.into()
}

fn reading(criterion: &mut Criterion) {
    let Ok(name) = "serde".parse::<CrateName>() else { return };
    let mut group = criterion.benchmark_group("index entry");
    for size in [10_000, 180_000] {
        let body = entry(size);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("merge", size), |bencher| {
            bencher.iter(|| merge(&name, black_box(&body), &Bytes::new(), &[]));
        });
        let lines = merge(&name, &body, &Bytes::new(), &[]).lines;
        group.bench_function(BenchmarkId::new("view", size), |bencher| {
            bencher.iter(|| {
                let lines = lines.clone();
                View::new(black_box(body.clone()), lines, Validators::default(), Timestamp::EPOCH)
            });
        });
    }
    group.finish();
}

/// A policy of 1,000 lines that deny, none of which is about what is asked for, and a minimum age.
fn thousand_rules() -> Rules {
    let mut text = String::from("[door.minimum-age-days]\ncrates-io = 1\n");
    for number in 0..1_000 {
        let package = match number % 2 {
            0 => format!("denied-{number}"),
            _ => format!("*-denied-{number}-*"),
        };
        let _ = write!(
            text,
            "[[door.deny]]\npackage = \"{package}\"\nversion = \"<{number}.1\"\nreason = \"no\"\n"
        );
    }
    let known = depaudit_auditor::rules::known();
    let file = PolicyFile::parse(&text, "depaudit.toml", known).expect("a policy");
    Rules { door: file.door().clone(), ..Rules::default() }
}

/// The whole way of a request but for the socket: route, memory, policy, record, answer.
fn answering(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("worker threads");
    let upstream = FakeUpstream::start();
    upstream.publish_index_of_size("serde", 180_000);
    let mut group = criterion.benchmark_group("index request");
    for (policy, rules) in [("no policy", None), ("1,000 rules", Some(thousand_rules()))] {
        let data = tempfile::tempdir().expect("a temporary folder");
        let registries = [(RegistryName::crates_io(), UpstreamSettings::new(upstream.index_url()))];
        let public = url::Url::parse("http://127.0.0.1").expect("a URL");
        let settings = Settings::new(public, registries.into());
        let parts = Parts {
            blobs: Arc::new(FolderBlobStore::open(data.path()).expect("a blob store")),
            meta: Arc::new(SqliteMetaStore::open(data.path()).expect("a meta store")),
            log: Arc::new(SqliteAuditLog::open(data.path()).expect("an audit log")),
            clock: Arc::new(BentClock::at("2026-03-01T12:00:00Z")),
            randomness: Arc::new(CountingRandomness::default()),
            metrics: Metrics::default(),
            cache_bytes: None,
        };
        let (proxy, _outcomes) = Proxy::new(settings, parts).expect("usable settings");
        if let Some(rules) = rules {
            runtime.block_on(proxy.change_policy(rules)).expect("rules in force");
        }
        let app = depaudit_proxy::handler::router(proxy);
        for (name, accept) in [("plain", "identity"), ("gzip", "gzip")] {
            group.bench_function(BenchmarkId::new(name, policy), |bencher| {
                bencher.to_async(&runtime).iter(|| {
                    let request = http::Request::get("/t/payments/crates-io/index/se/rd/serde")
                        .header("accept-encoding", accept)
                        .body(Body::empty())
                        .expect("a request");
                    app.clone().oneshot(request)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reading, answering);
criterion_main!(benches);
