//! A real server on a loopback port, and clients that behave as badly as they like.
//!
//! Limits are shortened so that a test waits for what happens, never for a time to pass.

mod everyday;
mod frames;
mod hostile;
mod hostile_http2;
mod stop;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;

/// Longer than anything here takes; whoever waits this long has found a fault.
const PATIENCE: Duration = Duration::from_secs(20);

const LARGE: usize = 32 << 20;

/// Short limits for everything.
fn hasty() -> ServerSettings {
    ServerSettings {
        first_request: Duration::from_millis(200),
        head: Duration::from_millis(200),
        idle: Duration::from_millis(400),
        send_stall: Duration::from_millis(400),
        drain: PATIENCE,
        ..ServerSettings::DEFAULT
    }
}

/// What the handlers and the tests share.
#[derive(Default)]
struct Stage {
    requests: AtomicUsize,
    /// The held answer has begun.
    entered: Notify,
    /// It may go on.
    release: Notify,
    /// An endless body was dropped.
    dropped: Notify,
}

fn app(stage: Arc<Stage>) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }).post(|body: String| async move { body }))
        .route(
            "/peer",
            get(|Extension(peer): Extension<PeerAddress>| async move { peer.0.to_string() }),
        )
        .route("/large", get(|| async { Bytes::from(vec![b'x'; LARGE]) }))
        .route(
            "/held",
            get(|State(stage): State<Arc<Stage>>| async move {
                stage.entered.notify_one();
                stage.release.notified().await;
                "held"
            }),
        )
        .route("/endless", get(|State(stage): State<Arc<Stage>>| async move { endless(stage) }))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&stage), count))
        .with_state(stage)
}

async fn count(
    State(stage): State<Arc<Stage>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    stage.requests.fetch_add(1, Ordering::Relaxed);
    next.run(request).await
}

fn endless(stage: Arc<Stage>) -> Body {
    struct Tell(Arc<Stage>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.dropped.notify_one();
        }
    }
    let chunk = Bytes::from(vec![b'x'; 64 << 10]);
    Body::from_stream(futures_util::stream::unfold(Tell(stage), move |tell| {
        let chunk = chunk.clone();
        async move { Some((Ok::<_, std::convert::Infallible>(chunk), tell)) }
    }))
}

struct Server {
    address: SocketAddr,
    stage: Arc<Stage>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<ServeOutcome>,
}

impl Server {
    async fn start(settings: ServerSettings) -> Self {
        Self::start_tls(settings, None).await
    }

    async fn start_tls(settings: ServerSettings, tls: Option<Arc<TlsFiles>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stage = Arc::new(Stage::default());
        let app = app(Arc::clone(&stage));
        let task = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            serve(listener, app, settings, tls, stopped).await
        });
        Self { address, stage, stop: Some(stop), task }
    }

    async fn connect(&self) -> Raw {
        Raw(TcpStream::connect(self.address).await.unwrap())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn ask_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn outcome(self) -> ServeOutcome {
        patiently(self.task).await.unwrap()
    }

    fn requests(&self) -> usize {
        self.stage.requests.load(Ordering::Relaxed)
    }
}

/// A connection that sends whatever bytes a test likes.
struct Raw(TcpStream);

impl Raw {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// All that comes until the server closes. A reset counts as closing: it is what a client gets
    /// that is still sending.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _ = patiently(self.0.read_to_end(&mut bytes)).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Reads until `end` has come.
    async fn until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            bytes.push(patiently(self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(bytes).unwrap()
    }
}

async fn patiently<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}

/// A client of both protocols that believes these certificates.
fn client(roots: &[CertificateDer<'static>], alpn: &[&str]) -> reqwest::ClientBuilder {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(config)
}

fn http2() -> reqwest::Client {
    client(&[], &[]).http2_prior_knowledge().build().unwrap()
}
