use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::answering::{Answering, PeerAddress};
use super::guard::Guard;
use super::observed::Observed;
use super::pulse::Pulse;
use super::{ServerSettings, TlsFiles};

/// The longest request target that hyper parses; above it, it answers 414 by itself.
const HYPERS_LONGEST_URI: usize = 64 << 10;

/// Bytes of an answer that one HTTP/2 stream may have waiting for the client: with many streams that
/// nobody reads, this is what they cost.
const HTTP2_SEND_BUFFER: usize = 128 << 10;

/// Bytes of request bodies that a client may send ahead of being read, for a stream and a connection.
const HTTP2_STREAM_WINDOW: u32 = 64 << 10;
const HTTP2_CONNECTION_WINDOW: u32 = 256 << 10;

/// Streams that HTTP/2 clients may reset before they are looked at, and that their errors may reset.
const HTTP2_RESETS: usize = 20;

/// What all connections have in common.
#[derive(Debug)]
pub(super) struct Connections {
    app: Router,
    settings: ServerSettings,
    tls: Option<Arc<TlsFiles>>,
    http: auto::Builder<TokioExecutor>,
}

impl Connections {
    pub(super) fn new(
        app: Router,
        settings: ServerSettings,
        tls: Option<Arc<TlsFiles>>,
    ) -> Arc<Self> {
        let http = http(&settings);
        Arc::new(Self { app, settings, tls, http })
    }

    /// Serves one connection until either side ends it, it is overdue, or the server stops.
    ///
    /// What a client does wrong is of interest to whoever looks for it: it is logged at the debug
    /// level, since a warning for each would let strangers fill the log.
    pub(super) async fn run(
        &self,
        stream: TcpStream,
        peer: PeerAddress,
        stop: watch::Receiver<bool>,
    ) {
        let pulse = Pulse::new(&self.settings);
        tokio::select! {
            () = self.converse(stream, peer, &pulse, stop) => {}
            overdue = pulse.overdue() => {
                tracing::debug!(peer = %peer.0, reason = %overdue, "connection closed");
            }
        }
    }

    async fn converse(
        &self,
        stream: TcpStream,
        peer: PeerAddress,
        pulse: &Arc<Pulse>,
        mut stop: watch::Receiver<bool>,
    ) {
        // An answer's last small packet must not wait for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(peer = %peer.0, %error, "TCP_NODELAY not set");
        }
        let Some(tls) = &self.tls else {
            return self.http(stream, peer, pulse, stop).await;
        };
        let handshake = tokio::select! {
            handshake = tls.acceptor().accept(stream) => handshake,
            () = stopped(&mut stop) => return,
        };
        match handshake {
            Ok(stream) => self.http(stream, peer, pulse, stop).await,
            Err(error) => tracing::debug!(peer = %peer.0, %error, "TLS handshake failed"),
        }
    }

    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        peer: PeerAddress,
        pulse: &Arc<Pulse>,
        mut stop: watch::Receiver<bool>,
    ) {
        let io = TokioIo::new(Observed::new(stream, Arc::clone(pulse)));
        let answering = Answering {
            app: self.app.clone(),
            guard: Guard::new(&self.settings),
            peer,
            pulse: Arc::clone(pulse),
        };
        let mut connection = pin!(self.http.serve_connection(io, answering));
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(peer = %peer.0, %error, "connection broke");
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the accept loop is gone, which is a stop as well.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

fn http(settings: &ServerSettings) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    let head = settings.header_bytes.saturating_add(HYPERS_LONGEST_URI);
    // The pulse has the timers. The buffer has room for a head that is only just too large, so that
    // the guard can say what is wrong with it; hyper answers 431 when it is full.
    http.http1().header_read_timeout(None).max_buf_size(head);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.http2_streams)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(HTTP2_RESETS)
        .max_local_error_reset_streams(HTTP2_RESETS)
        .max_send_buf_size(HTTP2_SEND_BUFFER)
        .initial_stream_window_size(HTTP2_STREAM_WINDOW)
        .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
        .keep_alive_interval(settings.http2_ping)
        .keep_alive_timeout(settings.http2_ping);
    http
}
