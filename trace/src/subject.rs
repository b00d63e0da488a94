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

impl Subject {
    fn digest(text: &str) -> Result<Self, SubjectError> {
        let text = text.to_ascii_lowercase();
        Ok(Self::Digest(text.clone(), text.parse()?))
    }

    /// What else can be meant, where nothing is on record of it: a crate in another spelling, or the
    /// beginning of a digest that could be a name.
    pub(crate) fn others(&self) -> Vec<Self> {
        let Self::Crate(CrateSpec { name, version }) = self else { return Vec::new() };
        let spelled = name.other_spellings().into_iter();
        let mut others: Vec<_> =
            spelled.map(|name| Self::Crate(CrateSpec { name, version: version.clone() })).collect();
        if version.is_none() {
            others.extend(Self::digest(name.as_str()));
        }
        others
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        if let Some((scheme, digest)) = text.split_once(':')
            && scheme.eq_ignore_ascii_case("sha256")
        {
            return Self::digest(digest);
        }
        // No crate has so long a name, and none begins with a digit.
        if (text.len() == DIGITS || text.starts_with(|it: char| it.is_ascii_digit()))
            && let Ok(digest) = Self::digest(text)
        {
            return Ok(digest);
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
        for digest in ["SHA256:E3B0C4", "sha256:E3B0C4"] {
            assert_eq!(digest.parse::<Subject>().unwrap().to_string(), "sha256:e3b0c4");
        }
        assert_eq!("77d0720e".parse::<Subject>().unwrap().to_string(), "sha256:77d0720e");
        for bad in ["", "sha256:", "sha256:e3b0", "sha512:e3b0c4", "serde@1"] {
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

    #[test]
    fn what_is_not_on_record_can_be_meant_otherwise() {
        let others = |text: &str| {
            let others = text.parse::<Subject>().unwrap().others();
            others.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(others("proc_macro2@1.0.0"), ["proc-macro2@1.0.0"]);
        assert_eq!(others("fad582f4"), ["sha256:fad582f4"]);
        assert!(others("serde").is_empty());
    }
}
