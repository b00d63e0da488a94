//! The accept loop: timers, caps, TLS.
//!
//! axum's own `serve` has no timers and no caps, so a handful of silent connections would hold it.
//! Here every connection is watched from its first moment: it must bring a request in time, must take
//! its answer, and must not idle for ever ([`ServerSettings`] has the figures). What one client can do
//! to others is bounded by caps on connections, on request heads and on HTTP/2's cheap frames.
//!
//! HTTP/1.1 and HTTP/2 are served on one port; with TLS, ALPN chooses, without it, the first bytes do
//! (prior knowledge). `Upgrade: h2c`, which Cargo sends over plain HTTP, is ignored.

mod accept;
mod answering;
mod connection;
mod guard;
mod observed;
mod places;
mod pulse;
mod settings;
#[cfg(test)]
mod tests;
mod tls;

pub use accept::{ServeOutcome, serve};
pub use answering::PeerAddress;
pub use settings::ServerSettings;
pub use tls::{TlsError, TlsFiles};
