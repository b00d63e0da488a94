use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answering::PeerAddress;
use super::connection::Connections;
use super::places::Places;
use super::{ServerSettings, TlsFiles};

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServeOutcome {
    /// Every answer that was running when the stop came was sent to its end.
    Finished,
    /// The time for that ran out.
    Dropped {
        /// How many connections were cut off.
        connections: usize,
    },
}

/// Accepts connections on `listener` and answers their requests with `app`, with TLS when there are
/// files for it, until `stop` is ready.
///
/// Then no connection is accepted any more, idle ones are closed, and running answers have
/// [`ServerSettings::drain`] to finish. Handlers find the client's address as the extension
/// [`PeerAddress`]. A request's body is the handler's to bound, in size and in time.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    settings: ServerSettings,
    tls: Option<Arc<TlsFiles>>,
    stop: impl Future<Output = ()>,
) -> ServeOutcome {
    let places = Places::new(&settings);
    let (drain, certificate_check) = (settings.drain, settings.certificate_check);
    // Dropped with this function, and its task with it.
    let mut background = JoinSet::new();
    if let Some(tls) = &tls {
        background.spawn(Arc::clone(tls).keep_fresh(certificate_check));
    }
    let connections = Connections::new(app, settings, tls);
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    let mut accept = Accept { listener, failing: false };
    loop {
        let next = async {
            // A place first: without one, the connection stays in the backlog.
            let free = places.free().await.ok()?;
            let (stream, address) = accept.next().await;
            let peer = PeerAddress(address.ip().to_canonical());
            Some((stream, peer, places.take(free, peer.0)))
        };
        let (stream, peer, place) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => match next {
                Some(next) => next,
                None => break,
            },
        };
        while let Some(ended) = tasks.try_join_next() {
            report(ended);
        }
        let Some(place) = place else {
            tracing::debug!(peer = %peer.0, "too many connections from this client");
            continue;
        };
        let (connections, stopped) = (Arc::clone(&connections), stopped.clone());
        tasks.spawn(async move {
            connections.run(stream, peer, stopped).await;
            drop(place);
        });
    }
    drop(accept);
    // Nobody listens when there is no connection.
    let _ = stopping.send(true);
    finish(tasks, drain).await
}

async fn finish(mut tasks: JoinSet<()>, drain: Duration) -> ServeOutcome {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            report(ended);
        }
    };
    if tokio::time::timeout(drain, all).await.is_ok() {
        return ServeOutcome::Finished;
    }
    let connections = tasks.len();
    tasks.shutdown().await;
    ServeOutcome::Dropped { connections }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task failed; its client saw the connection close");
    }
}

/// The listener, and whether it is failing.
struct Accept {
    listener: TcpListener,
    failing: bool,
}

impl Accept {
    /// Waits for a connection, through all errors: none of them ends a server.
    async fn next(&mut self) -> (TcpStream, SocketAddr) {
        /// Without file descriptors or memory, accepting fails at once and for a while.
        const PAUSE: Duration = Duration::from_millis(100);
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    if self.failing {
                        self.failing = false;
                        tracing::info!("connections are accepted again");
                    }
                    return accepted;
                }
                Err(error) if is_clients(&error) => {}
                Err(error) => {
                    if !self.failing {
                        self.failing = true;
                        tracing::error!(%error, "no connection can be accepted; trying again");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether the client gave up before it was accepted, which is no trouble of this side.
fn is_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
