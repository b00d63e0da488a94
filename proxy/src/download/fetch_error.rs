use std::sync::Arc;

use depaudit_model::cargo::Release;
use depaudit_model::{Checksum, RegistryName};
use depaudit_store::StoreError;

use crate::cargo::archive::ArchiveFault;
use crate::error::ProxyError;
use crate::upstream::UpstreamError;

/// Why a crate was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum FetchError {
    /// No usable answer.
    #[error(transparent)]
    Upstream(UpstreamError),
    /// The answer had begun and broke.
    #[error("the upstream's answer broke: {0}")]
    Broken(UpstreamError),
    /// Another length than announced.
    #[error("the upstream announced {announced} bytes and sent {sent}")]
    Length {
        /// As in `Content-Length`.
        announced: u64,
        /// As counted.
        sent: u64,
    },
    /// Other bytes than the index promises.
    #[error("the upstream sent bytes with the checksum {actual}; the index names {expected}")]
    Checksum {
        /// By the index.
        expected: Checksum,
        /// As computed.
        actual: Checksum,
    },
    /// The right bytes, and a crate that breaks a rule.
    #[error("the crate breaks a rule for archives: {0}")]
    Archive(Arc<ArchiveFault>),
    /// Our side.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our side.
    #[error(transparent)]
    Record(#[from] ProxyError),
    /// Our side.
    #[error("the check of the crate did not end")]
    CheckDied,
}

impl FetchError {
    /// The rule that denies it, where the bytes themselves are wrong.
    pub(super) fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Checksum { .. } => Some("checksum-mismatch"),
            Self::Archive(fault) => Some(fault.rule()),
            _ => None,
        }
    }

    /// What the client is told.
    pub(super) fn into_proxy_error(self, registry: &RegistryName, release: &Release) -> ProxyError {
        match self {
            Self::Store(_) | Self::CheckDied => ProxyError::Store("the store cannot be used"),
            Self::Record(error) => error,
            Self::Upstream(error) if error.is_outage() => ProxyError::Unavailable(format!(
                "{release} is not stored here, and the registry `{registry}` gave no answer: {error}"
            )),
            error => {
                let what = match error.rule() {
                    Some(rule) => format!("was refused (rule {rule})"),
                    None => "could not be fetched".to_owned(),
                };
                ProxyError::BadUpstream(format!(
                    "{release} from the registry `{registry}` {what}: {error}"
                ))
            }
        }
    }
}
