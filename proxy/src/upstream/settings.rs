use std::time::Duration;

use depaudit_model::Secret;
use ipnet::IpNet;
use url::Url;

/// How one upstream registry is reached.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// The base of its sparse index, without `sparse+`, ending in `/`.
    pub index: Url,
    /// Its token, sent as Cargo sends it (`Authorization`, verbatim).
    pub token: Option<Secret>,
    /// Further headers for every request to the index's origin.
    pub headers: Vec<HeaderPair>,
    /// A proxy for outgoing connections. Where one is set, it resolves names, so that addresses
    /// cannot be checked here: the proxy has to.
    pub proxy: Option<Url>,
    /// Hosts that downloads and redirects may name beside the index's own; empty allows every host
    /// with a public address.
    pub hosts: Vec<String>,
    /// Networks that are no public ones and may be connected to all the same.
    pub networks: Vec<IpNet>,
    /// Hosts beside the index's own origin that get the token and the headers too.
    pub trusted_hosts: Vec<String>,
    /// Bounds.
    pub limits: UpstreamLimits,
}

impl UpstreamSettings {
    /// A registry with default bounds and nothing else configured.
    #[must_use]
    pub const fn new(index: Url) -> Self {
        Self {
            index,
            token: None,
            headers: Vec::new(),
            proxy: None,
            hosts: Vec::new(),
            networks: Vec::new(),
            trusted_hosts: Vec::new(),
            limits: UpstreamLimits::DEFAULT,
        }
    }
}

/// A header for the upstream. Its value is a secret, since that is what such headers are used for.
#[derive(Debug, Clone)]
pub struct HeaderPair {
    /// The name.
    pub name: http::HeaderName,
    /// The value.
    pub value: Secret,
}

/// What an upstream may cost.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamLimits {
    /// Time for a connection, TLS included.
    pub connect: Duration,
    /// Time until the headers of an answer are there.
    pub first_byte: Duration,
    /// Below this many bytes a second, measured over [`Self::pace_window`], a body is given up.
    pub minimum_rate: u64,
    /// See [`Self::minimum_rate`].
    pub pace_window: Duration,
    /// The longest index document, decoded, in bytes.
    pub index_bytes: u64,
    /// The longest crate, in bytes.
    pub crate_bytes: u64,
    /// How many redirects are followed.
    pub redirects: usize,
    /// The longest time an upstream is left alone, whatever its `Retry-After` says.
    pub longest_backoff: Duration,
}

impl UpstreamLimits {
    /// Generous for a registry, far from what would hurt.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(10),
        first_byte: Duration::from_secs(20),
        minimum_rate: 1_024,
        pace_window: Duration::from_secs(10),
        index_bytes: 64 << 20,
        crate_bytes: 512 << 20,
        redirects: 5,
        longest_backoff: Duration::from_secs(30),
    };
}
