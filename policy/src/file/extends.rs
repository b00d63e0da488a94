use std::fmt;

use depaudit_model::Checksum;
use serde::Deserialize;

use crate::{Link, Placed};

/// The central policy that a repository's policy builds on.
#[derive(Debug, Clone)]
pub struct Extends {
    /// Where it is.
    pub reference: Placed<Reference>,
    /// What its text has to be, where the repository pins it. Without a digest, whoever can
    /// change what stands there, or what comes over plain http, changes the policy.
    pub digest: Option<Placed<Checksum>>,
}

impl Extends {
    /// Whether a file that was fetched is the one that is meant.
    #[must_use]
    pub fn accepts(&self, fetched: &Checksum) -> bool {
        self.digest.as_ref().is_none_or(|pinned| pinned.value == *fetched)
    }
}

/// Where a central policy is. Nothing is read here: whoever reads it treats the reference as
/// written by a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Reference {
    /// On a server.
    Address(Link),
    /// In a file, relative to the folder of the policy that names it.
    File(Box<str>),
}

/// The text refers to no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the path of a policy file, or its address with http or https and without credentials"
)]
pub struct ReferenceError;

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        if text.contains("://") {
            return Link::try_from(text).map(Self::Address).map_err(|_| ReferenceError);
        }
        let good = (1..=1_000).contains(&text.len()) && !text.contains(char::is_control);
        if good { Ok(Self::File(text.into())) } else { Err(ReferenceError) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => fmt::Display::fmt(address, f),
            Self::File(path) => f.pad(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_file_or_an_address_without_secrets() {
        let read = |text: &str| Reference::try_from(text.to_owned());
        assert!(matches!(read("../policies/depaudit.toml"), Ok(Reference::File(_))));
        assert!(matches!(read("https://depaudit.example/policy"), Ok(Reference::Address(_))));
        for bad in ["", "a\0", "file:///etc/passwd", "https://me:pw@e.org/p", "ssh://e.org/p"] {
            assert_eq!(read(bad), Err(ReferenceError), "{bad:?}");
        }
    }
}
