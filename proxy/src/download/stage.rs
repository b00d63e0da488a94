use std::sync::Arc;

use depaudit_store::ByteSource;

use super::fetch_error::FetchError;

/// How far a fetch has come.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// The upstream was asked.
    Asking,
    /// It answers.
    Receiving {
        /// What is known of the answer.
        head: Arc<Head>,
        /// How many bytes can be read.
        written: u64,
    },
    /// Verified, and in the store under its digest.
    Stored {
        /// Its size.
        size: u64,
    },
    /// It came to nothing.
    Failed(FetchError),
}

/// What is known of an answer when its headers are there.
#[derive(Debug)]
pub(super) struct Head {
    /// How long it will be, when the upstream said so.
    pub(super) size: Option<u64>,
    /// Where it can be read while it arrives, and afterwards.
    pub(super) source: Arc<dyn ByteSource>,
    /// Who sent it.
    pub(super) host: String,
}
