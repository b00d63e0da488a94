use std::fmt;
use std::str::FromStr;

use depaudit_store::{DigestPrefix, DigestPrefixError};

use crate::args::{CrateSpec, CrateSpecError};

/// What to trace: `NAME`, `NAME@VERSION` or `sha256:DIGEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Crate(CrateSpec),
    /// As it was written, and what it means.
    Digest(String, DigestPrefix),
}

/// Why a text is nothing to trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SubjectError {
    #[error(transparent)]
    Crate(#[from] CrateSpecError),
    #[error(transparent)]
    Digest(#[from] DigestPrefixError),
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match text.strip_prefix("sha256:") {
            Some(digest) => Ok(Self::Digest(digest.to_owned(), digest.parse()?)),
            None => Ok(Self::Crate(text.parse()?)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate(spec) => spec.fmt(f),
            Self::Digest(text, _) => write!(f, "sha256:{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_a_version_or_a_digest_is_traced() {
        for good in ["serde", "serde@1.0.0", "sha256:e3b0c4"] {
            assert_eq!(good.parse::<Subject>().unwrap().to_string(), good);
        }
        for bad in ["", "sha256:", "sha256:e3b0", "sha256:E3B0C4", "sha512:e3b0c4", "serde@1"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?}");
        }
    }
}
