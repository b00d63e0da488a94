//! Policy files: what one `depaudit.toml` says.

mod error;
mod extends;
mod nesting;
mod read;
#[cfg(test)]
mod schema_tests;
mod shape;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use error::PolicyError;
pub use extends::{Extends, Reference, ReferenceError};

use depaudit_model::Checksum;

use crate::approved::Approved;
use crate::door::Door;
use crate::levels::Levels;
use crate::place::Lines;
use crate::{Declaration, PackageGlob, Placed, RuleSet, Waiver};

/// One policy file, read and checked. [`Policy`](crate::Policy) says what it comes to.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    pub(crate) origin: Arc<str>,
    digest: Checksum,
    extends: Option<Extends>,
    pub(crate) levels: Levels,
    pub(crate) approved: Approved,
    pub(crate) internal_packages: Vec<Placed<PackageGlob>>,
    pub(crate) drift: Drift,
    pub(crate) longest_waiver: Option<Placed<u16>>,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) waivers: Vec<Waiver>,
    door: Door,
}

/// What one file says for the rules about drift.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drift {
    pub(crate) one_version: Vec<Placed<PackageGlob>>,
    pub(crate) minimum_age: Option<Placed<u16>>,
    pub(crate) missed_patch: Option<Placed<u16>>,
    pub(crate) libyear_budget: Option<Placed<u16>>,
}

impl PolicyFile {
    /// The largest policy file, in bytes.
    pub const LARGEST: usize = 1 << 20;

    /// How many waivers, how many declarations, and how many entries of one list a file may have:
    /// every finding is compared with each of them.
    pub const MOST_ENTRIES: usize = 5_000;

    /// How many levels a file may set: those of two files are compared with one another.
    pub const MOST_LEVELS: usize = 1_000;

    /// Reads a policy file. `origin` is what it is called in messages: its path, or its address
    /// without credentials.
    ///
    /// A key, rule or group that is not known is an error, never passed over: a policy that is
    /// misspelt would be no policy.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str, origin: &str, rules: &RuleSet) -> Result<Self, PolicyError> {
        let digest = Checksum::of(text.as_bytes());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::new(origin.into(), text);
        if text.len() > Self::LARGEST {
            let what = format!("a policy has at most {} bytes", Self::LARGEST);
            return Err(PolicyError::new(lines.place(0..0), &what));
        }
        if let Some(at) = nesting::too_deep(text) {
            let what = "brackets are nested deeper than any key of a policy needs";
            return Err(PolicyError::new(lines.place(at), what));
        }
        let root = toml::from_str(text).map_err(|error| {
            let place = lines.place(error.span().unwrap_or_default());
            PolicyError::new(place, error.message())
        })?;
        read::Reader::new(&lines, rules).file(root, origin.into(), digest)
    }

    /// What it is called in messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The digest of its text: what a repository pins with `extends-sha256`.
    #[must_use]
    pub const fn digest(&self) -> &Checksum {
        &self.digest
    }

    /// What the proxy lets through, as this file says.
    #[must_use]
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// The central policy that it builds on. Whoever calls fetches it, and gives both to
    /// [`Policy::combine`](crate::Policy::combine).
    #[must_use]
    pub const fn extends(&self) -> Option<&Extends> {
        self.extends.as_ref()
    }
}
