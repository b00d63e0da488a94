use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{State, service};

/// The port: open, or shut and kept.
#[derive(Debug)]
pub(super) enum Door {
    /// Somebody listens.
    Open {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        /// Disconnected when the listener and all connections are gone.
        closed: mpsc::Receiver<Infallible>,
    },
    /// Nobody listens. The bound socket keeps the port from being given to another program, which
    /// would answer in the place of an upstream that is gone.
    Shut { address: SocketAddr, reserved: TcpSocket },
    /// Between the two.
    Moving,
}

impl Door {
    /// Binds without listening.
    pub(super) fn reserve(address: SocketAddr) -> Self {
        let reserve = || {
            let socket = TcpSocket::new_v4()?;
            // The connections that were open until now linger in TIME_WAIT.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            std::io::Result::Ok((socket.local_addr()?, socket))
        };
        let (address, reserved) =
            reserve().unwrap_or_else(|error| panic!("cannot bind {address}: {error}"));
        Self::Shut { address, reserved }
    }

    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Open { address, .. } | Self::Shut { address, .. } => *address,
            Self::Moving => panic!("the door moves under a lock"),
        }
    }

    pub(super) fn open(self, runtime: &Runtime, state: &Arc<State>) -> Self {
        let Self::Shut { address, reserved } = self else { return self };
        let _inside = runtime.enter();
        let listener = reserved.listen(1024).expect("the port is reserved");
        let (stop, stopped) = oneshot::channel();
        let (closing, closed) = mpsc::channel();
        runtime.spawn(listen(listener, Arc::clone(state), stopped, closing));
        Self::Open { address, stop, closed }
    }

    pub(super) fn close(self) -> Self {
        let Self::Open { address, stop, closed } = self else { return self };
        // An error says that the runtime is gone already, and the port with it.
        let _ = stop.send(());
        let ended = closed.recv_timeout(Duration::from_secs(30));
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "the listener did not end");
        Self::reserve(address)
    }
}

async fn listen(
    listener: TcpListener,
    state: Arc<State>,
    mut stopped: oneshot::Receiver<()>,
    closing: mpsc::Sender<Infallible>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A client that is gone before it is accepted needs no answer.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(service::serve(stream, Arc::clone(&state)));
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
    drop(closing);
}
