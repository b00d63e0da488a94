//! What the proxy is told at start.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use depaudit_model::{RegistryName, TeamId};
use url::Url;

use crate::oidc::IssuerSettings;
use crate::upstream::UpstreamSettings;

/// How the proxy behaves. Made by the binary from its configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that clients use, as it goes into every `config.json`. Never taken from a request:
    /// whoever sends a `Host` header must not decide where others download from.
    pub public_url: Url,
    /// The registries behind this proxy.
    pub registries: BTreeMap<RegistryName, UpstreamSettings>,
    /// The teams that are served; `None` serves every well-formed team name.
    pub teams: Option<BTreeSet<TeamId>>,
    /// How old an index view may be while the upstream answers.
    pub freshness: Duration,
    /// How long a request waits for an upstream that is slow to confirm a view, when there is an older
    /// view to serve instead: at most ten times as old as [`Self::freshness`] allows.
    pub patience: Duration,
    /// Within this window, equal index views served to one team are counted, not recorded one by one.
    pub view_window: Duration,
    /// Whether every team's index and crates are for holders of its tokens alone.
    pub authentication: Authentication,
    /// Where they are also when [`Self::authentication`] is off: the stricter one counts.
    pub guarded: Guarded,
    /// Whose identity tokens are exchanged for tokens.
    pub issuers: Vec<IssuerSettings>,
    /// What happens when the record cannot be written.
    pub recording: Recording,
    /// Bytes of index views kept in memory.
    pub index_memory: u64,
    /// Bytes of crates kept in memory.
    pub crate_memory: u64,
    /// Crates up to this size are answered only when they are verified, so that a wrong one gets a
    /// clean 502; larger ones are streamed while they arrive, with the last byte held back.
    pub stream_from: u64,
}

impl Settings {
    /// The defaults, for a public address and its registries.
    #[must_use]
    pub const fn new(
        public_url: Url,
        registries: BTreeMap<RegistryName, UpstreamSettings>,
    ) -> Self {
        Self {
            public_url,
            registries,
            teams: None,
            freshness: Duration::from_secs(60),
            patience: Duration::from_secs(5),
            view_window: Duration::from_secs(600),
            authentication: Authentication::Off,
            guarded: Guarded { registries: BTreeSet::new(), teams: BTreeSet::new() },
            issuers: Vec::new(),
            recording: Recording::Strict,
            index_memory: 256 << 20,
            crate_memory: 128 << 20,
            stream_from: 1 << 20,
        }
    }
}

/// Whether a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Whoever reaches the server is served, and no principal is on record.
    Off,
    /// Every index entry and crate needs a valid token of the team. `config.json` stays open and says
    /// so (`auth-required`), since Cargo then sends the token with the first request that needs it.
    Required,
}

/// The registries and teams that need a token, whatever the others need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarded {
    /// For every team.
    pub registries: BTreeSet<RegistryName>,
    /// For every registry.
    pub teams: BTreeSet<TeamId>,
}

/// What happens when the record cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Nothing is served that is not on record: 503 with Retry-After.
    Strict,
    /// It is served, and how much went unrecorded is put on record when that is possible again.
    BestEffort,
}
