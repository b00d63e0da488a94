use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{CanonicalUrl, without_credentials};

/// What a git dependency follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GitReference {
    /// The remote's default branch.
    None,
    /// `rev`: a commit, or anything else git resolves (a tag, too).
    Rev(String),
    /// `tag`.
    Tag(String),
    /// `branch`.
    Branch(String),
}

impl GitReference {
    /// Its key in a manifest; `none` where there is none.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rev(_) => "rev",
            Self::Tag(_) => "tag",
            Self::Branch(_) => "branch",
        }
    }

    /// What stands behind the key.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Rev(value) | Self::Tag(value) | Self::Branch(value) => Some(value),
        }
    }

    /// The reference in the query of a lock's `source`: `?branch=main`. Locks of version 4 encode
    /// it with percent signs.
    pub(crate) fn of_lock_source(source: &str) -> Self {
        let address = source.split('#').next().unwrap_or_default();
        let Some((_, query)) = address.split_once('?') else { return Self::None };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        for (key, value) in pairs {
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            match key {
                "rev" | "ref" => return Self::Rev(value),
                "tag" => return Self::Tag(value),
                "branch" => return Self::Branch(value),
                _ => {}
            }
        }
        Self::None
    }
}

/// Where a git dependency points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitTarget {
    /// The URL as written, without credentials.
    pub url: String,
    /// The URL as Cargo compares it.
    pub canonical: CanonicalUrl,
    /// What it follows.
    pub reference: GitReference,
    /// More than one of `rev`, `tag` and `branch` is given, which Cargo refuses.
    pub ambiguous: bool,
}

impl GitTarget {
    pub(crate) fn new(url: &str, reference: GitReference, ambiguous: bool) -> Self {
        let canonical = CanonicalUrl::new(url);
        Self { url: without_credentials(url).into_owned(), canonical, reference, ambiguous }
    }
}

/// `{"url": ..., "reference": "branch", "branch": "main"}`.
impl Serialize for GitTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry("reference", self.reference.key())?;
        if let Some(value) = self.reference.value() {
            map.serialize_entry(self.reference.key(), value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_of_a_lock_is_decoded() {
        let reference = |source: &str| GitReference::of_lock_source(source);
        let branch = |name: &str| GitReference::Branch(name.into());
        assert_eq!(reference("git+https://e.org/a?branch=feat%2Fx#0123"), branch("feat/x"));
        assert_eq!(reference("git+https://e.org/a?branch=main#0123?x"), branch("main"));
        assert_eq!(reference("git+https://e.org/a#0123"), GitReference::None);
        assert_eq!(reference("git+https://e.org/a?tag=v1"), GitReference::Tag("v1".into()));
    }
}
