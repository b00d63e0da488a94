use std::sync::Arc;

use anyhow::Context;
use depaudit_proxy::server::TlsFiles;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// The signals that a server heeds.
#[derive(Debug)]
pub(in crate::commands) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on, none of them ends the process by itself.
    pub(in crate::commands) fn listen() -> anyhow::Result<Self> {
        let listen = |kind, name| signal(kind).with_context(|| format!("cannot listen for {name}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
            hangup: listen(SignalKind::hangup(), "SIGHUP")?,
        })
    }

    /// The name of the first signal that asks for an end. A terminal that is closed asks for one as well.
    pub(in crate::commands) async fn stopped(mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }

    /// Asks the server to stop at the first SIGTERM or SIGINT, and ends at the second one, with its
    /// name: whoever asks twice does not want to wait for answers under way. SIGHUP, which a closed
    /// terminal sends too, reads the certificate again.
    pub(super) async fn attend(
        mut self,
        tls: Option<&Arc<TlsFiles>>,
        stop: oneshot::Sender<()>,
    ) -> &'static str {
        let mut stop = Some(stop);
        loop {
            let name = tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
                _ = self.hangup.recv() => {
                    match tls {
                        Some(tls) => tls.look_again().await,
                        None => tracing::info!("SIGHUP: there is nothing to reload"),
                    }
                    continue;
                }
            };
            match stop.take() {
                Some(stop) => {
                    tracing::info!("{name}: stopping; a second one stops at once");
                    // Nobody listens when the server is at its end by itself.
                    let _ = stop.send(());
                }
                None => return name,
            }
        }
    }
}
