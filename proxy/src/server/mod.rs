//! The accept loop: timers, caps, TLS.

/// The address of the peer of a connection, for handlers.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub std::net::IpAddr);
