use std::time::Duration;

/// What one connection, one client and all of them together may cost.
///
/// Times are kept loosely, at most a quarter of the shortest one late.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// From accepting a connection until its first request's head is complete, the TLS handshake
    /// included.
    pub first_request: Duration,
    /// From the first byte of a later HTTP/1 request's head until its last.
    pub head: Duration,
    /// How long a connection may stay open between requests.
    pub idle: Duration,
    /// How long a client may leave bytes of its answer untaken, over HTTP/2 of any one of its answers.
    /// Slow is allowed, standing still is not; the connection is closed.
    pub send_stall: Duration,
    /// How long running answers may go on once the server is asked to stop.
    pub drain: Duration,
    /// Connections at once. Above it, new ones are not accepted: they wait in the system's backlog,
    /// since a burst of builds is better served late than refused.
    pub connections: usize,
    /// Connections at once from one client: an IPv4 address, or an IPv6 network of 64 bits, which is
    /// what one subscriber owns. Above it, new ones are closed at once; leaving them in the backlog
    /// would let one client hold up all others. Generous, because a whole office may share an address.
    /// Loopback is exempt: behind a reverse proxy on the same machine, everybody has that address.
    pub connections_per_client: usize,
    /// Bytes of a request's headers, names and values; more is answered 431.
    pub header_bytes: usize,
    /// Bytes of a request's target; more is answered 414. No address of this service is longer than a
    /// few hundred.
    pub uri_bytes: usize,
    /// HTTP/2 requests at once on one connection.
    pub http2_streams: u32,
    /// HTTP/2 requests that a client may take back before their answer is complete, over a
    /// connection's whole life. Taking back is free for the client and not for the server (rapid reset,
    /// CVE-2023-44487); above it the connection is closed.
    pub http2_abandoned: u32,
    /// Silence on an HTTP/2 connection after which the client is asked whether it is still there.
    pub http2_ping: Duration,
    /// How often the certificate's files are looked at for a change.
    pub certificate_check: Duration,
}

impl ServerSettings {
    /// Made for Cargo, which opens two connections, sends small requests at once, and takes what it
    /// asked for.
    pub const DEFAULT: Self = Self {
        first_request: Duration::from_secs(10),
        head: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        // Cargo gives up after 30 s of standing still, too.
        send_stall: Duration::from_secs(30),
        drain: Duration::from_secs(30),
        connections: 1024,
        connections_per_client: 256,
        header_bytes: 64 << 10,
        uri_bytes: 8 << 10,
        http2_streams: 100,
        http2_abandoned: 200,
        http2_ping: Duration::from_secs(20),
        certificate_check: Duration::from_secs(2),
    };
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
