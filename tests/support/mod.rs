//! A whole proxy in this process, in front of fake upstreams, with a clock that can be bent.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(unreachable_pub, reason = "`pub` says what a test may use")]
#![allow(clippy::expect_used, reason = "a panic is the report of a test")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use depaudit_model::event::EventKind;
use depaudit_model::{Clock, RegistryName};
use depaudit_proxy::metrics::Metrics;
use depaudit_proxy::server::{self, ServerSettings};
use depaudit_proxy::settings::Settings;
use depaudit_proxy::upstream::UpstreamSettings;
use depaudit_proxy::{Parts, Proxy};
use depaudit_store::folder::FolderBlobStore;
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{AuditLog, EventFilter, EventOrder, StoredEvent};
use depaudit_testkit::{BentClock, CountingRandomness, FakeUpstream};
use reqwest::header::HeaderMap;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

/// The moment at which every story begins.
pub const NOW: &str = "2026-03-01T12:00:00Z";

/// A proxy that listens on a port of its own.
pub struct Service {
    pub address: SocketAddr,
    pub clock: Arc<BentClock>,
    pub proxy: Arc<Proxy>,
    pub audit: Arc<SqliteAuditLog>,
    meta: Arc<SqliteMetaStore>,
    data: tempfile::TempDir,
    http: reqwest::Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    outcomes: JoinHandle<()>,
}

impl Service {
    /// A proxy in front of `upstream` as `crates-io`, with default settings.
    pub async fn before(upstream: &FakeUpstream) -> Self {
        Self::with(upstream, |_| {}).await
    }

    /// The same, with settings bent.
    pub async fn with(upstream: &FakeUpstream, bend: impl FnOnce(&mut Settings)) -> Self {
        Self::wrapped(upstream, bend, |log| log).await
    }

    /// The same, with something between the proxy and its log.
    pub async fn wrapped(
        upstream: &FakeUpstream,
        bend: impl FnOnce(&mut Settings),
        wrap: impl FnOnce(Arc<dyn AuditLog>) -> Arc<dyn AuditLog>,
    ) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut settings = defaults(upstream);
        bend(&mut settings);
        Self::start(settings, data, Arc::new(BentClock::at(NOW)), wrap).await
    }

    /// The same with default settings, on data in a folder that a test has prepared.
    pub async fn on(upstream: &FakeUpstream, data: tempfile::TempDir) -> Self {
        Self::start(defaults(upstream), data, Arc::new(BentClock::at(NOW)), |log| log).await
    }

    async fn start(
        mut settings: Settings,
        data: tempfile::TempDir,
        clock: Arc<BentClock>,
        wrap: impl FnOnce(Arc<dyn AuditLog>) -> Arc<dyn AuditLog>,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        if settings.public_url.port().is_none() {
            settings.public_url.set_port(Some(address.port())).expect("an http URL has a port");
        }
        let audit = Arc::new(SqliteAuditLog::open(data.path()).expect("an audit log"));
        let meta = Arc::new(SqliteMetaStore::open(data.path()).expect("a meta store"));
        let parts = Parts {
            blobs: Arc::new(FolderBlobStore::open(data.path()).expect("a blob store")),
            meta: Arc::clone(&meta) as _,
            log: wrap(Arc::clone(&audit) as _),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            randomness: Arc::new(CountingRandomness::default()),
            metrics: Metrics::default(),
            cache_bytes: None,
        };
        let (proxy, outcomes) = Proxy::new(settings, parts).expect("usable settings");
        let outcomes = tokio::spawn(outcomes);
        let app = depaudit_proxy::handler::router(Arc::clone(&proxy))
            .merge(depaudit_proxy::waivers::api::router(Arc::clone(&proxy)));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stop = async move { drop(stopped.await) };
            server::serve(listener, app, ServerSettings::default(), None, stop).await;
        });
        // reqwest wants a process-wide choice of TLS, also where only plain HTTP is spoken.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Answers are looked at as they come: compressed, redirecting, whatever they are.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .gzip(false)
            .build()
            .expect("a client");
        Self { address, clock, proxy, audit, meta, data, http, stop, server, outcomes }
    }

    /// The URL of a path under the team `payments` and the registry `crates-io`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/t/payments/crates-io/{path}", self.address)
    }

    /// The index that Cargo is configured with.
    pub fn sparse_index(&self) -> String {
        format!("sparse+{}", self.url("index/"))
    }

    /// Starts a GET, to be given headers.
    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.url(path))
    }

    /// Starts any request to any path.
    pub fn raw(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address))
    }

    /// GETs a path and reads the whole answer.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(path)).await
    }

    /// Every event on record so far, oldest first. Outcomes are written after the answers; they are all
    /// there once the service was stopped.
    pub async fn events(&self) -> Vec<StoredEvent> {
        let all = EventFilter::default();
        self.audit.read(&all, EventOrder::OldestFirst, 100_000).await.expect("a readable log")
    }

    /// The events of a kind.
    pub async fn events_of(&self, kind: EventKind) -> Vec<StoredEvent> {
        self.events().await.into_iter().filter(|stored| stored.event.kind == kind).collect()
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Stops the server with everything written, and gives back what a new one can start from.
    pub async fn stop(self) -> Stopped {
        let _ = self.stop.send(());
        self.server.await.expect("the server ends without a panic");
        self.proxy.tidy_up(true).await;
        drop(self.proxy);
        self.outcomes.await.expect("the outcomes are written without a panic");
        self.audit.close().await.expect("the log closes");
        self.meta.close().await.expect("the store closes");
        Stopped { data: self.data, clock: self.clock }
    }
}

/// What a stopped proxy leaves behind.
pub struct Stopped {
    data: tempfile::TempDir,
    pub clock: Arc<BentClock>,
}

impl Stopped {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Every event it wrote.
    pub async fn events(&self) -> Vec<StoredEvent> {
        let log = SqliteAuditLog::open_read_only(self.folder()).expect("a readable log");
        let all = EventFilter::default();
        log.read(&all, EventOrder::OldestFirst, 100_000).await.expect("a readable log")
    }

    /// Starts a proxy on the same data and clock.
    pub async fn restart(self, upstream: &FakeUpstream) -> Service {
        self.restart_with(upstream, |_| {}).await
    }

    /// The same, with settings bent.
    pub async fn restart_with(
        self,
        upstream: &FakeUpstream,
        bend: impl FnOnce(&mut Settings),
    ) -> Service {
        let mut settings = defaults(upstream);
        bend(&mut settings);
        Service::start(settings, self.data, self.clock, |log| log).await
    }
}

fn defaults(upstream: &FakeUpstream) -> Settings {
    let registries = [(RegistryName::crates_io(), UpstreamSettings::new(upstream.index_url()))];
    let public = Url::parse("http://127.0.0.1").expect("a URL");
    Settings::new(public, registries.into())
}

/// An answer, read to its end, or as far as it came.
#[derive(Debug)]
pub struct Answer {
    /// 0 when there was none.
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether the body came whole.
    pub whole: bool,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let mut response = match request.send().await {
            Ok(response) => response,
            // Cut off before its head had left.
            Err(error) => {
                assert!(!error.is_connect(), "the proxy is not there: {error:?}");
                return Self {
                    status: 0,
                    headers: HeaderMap::new(),
                    body: Vec::new(),
                    whole: false,
                };
            }
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (mut body, mut whole) = (Vec::new(), true);
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        Self { status, headers, body, whole }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header in ASCII"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }
}

/// Repeats an attempt until it gives something; each attempt talks to a server, so none spins.
///
/// # Panics
/// After 10 s.
pub async fn until<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        if let Some(reached) = attempt().await {
            return reached;
        }
        assert!(std::time::Instant::now() < deadline, "not reached within 10 s");
        tokio::task::yield_now().await;
    }
}
