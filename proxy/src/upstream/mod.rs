//! Asking an upstream registry, which is not trusted.
//!
//! [`Upstream`] is the seam; [`client::HttpUpstream`] is the one implementation. Sizes, times, redirects,
//! schemes, hosts and resolved addresses are bounded there, and [`health::Health`] keeps a failing
//! upstream from being asked over and over.

pub mod address;
pub mod client;
pub mod health;
mod pace;
mod settings;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use depaudit_store::Validators;
use futures_util::stream::BoxStream;
use url::Url;

pub use settings::{HeaderPair, UpstreamLimits, UpstreamSettings};

/// One upstream registry.
#[async_trait]
pub trait Upstream: Send + Sync + fmt::Debug {
    /// Sends one GET and returns once the headers of its final answer are there.
    async fn get(&self, request: UpstreamRequest) -> Result<UpstreamResponse, UpstreamError>;
}

/// What to ask for.
#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    /// Where.
    pub url: Url,
    /// For a conditional request: what the document was named by when it was last seen.
    pub validators: Validators,
    /// What kind of document it is, which decides about encodings and bounds.
    pub kind: DocumentKind,
}

/// What kind of document is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// `config.json` or an index entry: text, which may come compressed.
    Index,
    /// A crate: bytes that must arrive as they are.
    Crate,
    /// JSON that is no registry's, bounded as a document of an index is.
    Json,
}

/// The answer of an upstream, its body still to come.
pub struct UpstreamResponse {
    /// The status; a redirect has been followed already.
    pub status: ::http::StatusCode,
    /// What the document is named by, for the next conditional request.
    pub validators: Validators,
    /// How many bytes are announced; absent when the body comes in chunks or is compressed.
    pub length: Option<u64>,
    /// The host that sent it.
    pub host: String,
    /// The body, bounded in size and in how slow it may be.
    pub body: BoxStream<'static, Result<Bytes, UpstreamError>>,
}

impl fmt::Debug for UpstreamResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why an upstream gave nothing usable. The texts name hosts, never full URLs, since those may carry
/// credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// No connection, no answer in time, or the connection broke.
    #[error("the upstream did not answer ({0})")]
    Unreachable(String),
    /// It answered that it cannot now (5xx, 429).
    #[error("the upstream answered {status}")]
    Overloaded {
        /// Its status.
        status: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It was asked too often without an answer and is left alone for a while.
    #[error("the upstream failed repeatedly and is left alone for {} more second(s)", .0.as_secs().max(1))]
    BackedOff(Duration),
    /// It pointed to a place that is not allowed.
    #[error("the upstream points to a place that is not allowed ({0})")]
    Forbidden(String),
    /// It sent more than is accepted.
    #[error("the upstream sent more than {0} bytes")]
    TooLarge(u64),
    /// It sent too slowly.
    #[error("the upstream sent less than {0} bytes a second")]
    TooSlow(u64),
    /// It answered something that makes no sense here.
    #[error("the upstream answered {0}")]
    Unexpected(String),
}

impl UpstreamError {
    /// A short name for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Overloaded { .. } => "overloaded",
            Self::BackedOff(_) => "backed-off",
            Self::Forbidden(_) => "forbidden",
            Self::TooLarge(_) => "too-large",
            Self::TooSlow(_) => "too-slow",
            Self::Unexpected(_) => "unexpected",
        }
    }

    /// Whether it speaks of the upstream as a whole (an outage), not of the one document asked for.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Overloaded { .. } | Self::BackedOff(_) | Self::TooSlow(_)
        )
    }
}
