use std::fmt;
use std::str::FromStr;

use depaudit_model::RequestId;
use depaudit_model::cargo::{CrateSpec, CrateSpecError};
use depaudit_store::{DigestPrefix, DigestPrefixError};

/// What to trace, as somebody on call has it at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// `NAME` or `NAME@VERSION`; also `NAME vVERSION`, as Cargo prints it.
    Crate(CrateSpec),
    /// `sha256:DIGEST`, or all 64 digits alone: as it was written, and what it means.
    Digest(String, DigestPrefix),
    /// The id of a request, which Cargo prints with a refusal.
    Request(RequestId),
}

/// Why a text is nothing to trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// It looks like a crate, and is none.
    #[error(transparent)]
    Crate(#[from] CrateSpecError),
    /// It looks like a digest, and is none.
    #[error(transparent)]
    Digest(#[from] DigestPrefixError),
}

/// How many digits a whole digest has.
const DIGITS: usize = 64;

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        if let Some(digest) = text.strip_prefix("sha256:") {
            return Ok(Self::Digest(digest.to_owned(), digest.parse()?));
        }
        if text.len() == DIGITS
            && let Ok(digest) = text.parse()
        {
            return Ok(Self::Digest(text.to_owned(), digest));
        }
        // The whole of the header that Cargo shows, or the id in it.
        if let Ok(request) = text.strip_prefix("depaudit ").unwrap_or(text).parse() {
            return Ok(Self::Request(request));
        }
        match text.split_once(' ') {
            Some((name, version)) => {
                let version = version.strip_prefix('v').unwrap_or(version);
                Ok(Self::Crate(format!("{name}@{version}").parse()?))
            }
            None => Ok(Self::Crate(text.parse()?)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate(spec) => spec.fmt(f),
            Self::Digest(text, _) => write!(f, "sha256:{text}"),
            Self::Request(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_a_version_a_digest_or_a_request_is_traced() {
        for good in ["serde", "serde@1.0.0", "sha256:e3b0c4", "req-0d5k7nh3v8mgxq2c"] {
            assert_eq!(good.parse::<Subject>().unwrap().to_string(), good);
        }
        for bad in ["", "sha256:", "sha256:e3b0", "sha256:E3B0C4", "sha512:e3b0c4", "serde@1"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_cargo_prints_is_understood_as_it_was_copied() {
        let digest = "ab".repeat(32);
        for (copied, meant) in [
            ("serde v1.0.0", "serde@1.0.0"),
            ("serde 1.0.0", "serde@1.0.0"),
            ("depaudit req-0d5k7nh3v8mgxq2c", "req-0d5k7nh3v8mgxq2c"),
            (&*digest, &*format!("sha256:{digest}")),
        ] {
            assert_eq!(copied.parse::<Subject>().unwrap().to_string(), meant);
        }
        for bad in ["serde newest", "serde 1.0.0 (registry)", "a b", "depaudit serve"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?}");
        }
    }
}
