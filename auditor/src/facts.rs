use std::fmt;
use std::sync::Arc;

use depaudit_model::Timestamp;
use depaudit_model::cargo::CrateName;
use semver::Version;

/// What the world knows of the default registry's crates, and a scan cannot see in files. The
/// auditor asks no network: whoever calls it passes in where facts come from.
pub trait Facts: fmt::Debug + Sync {
    /// Every published version of a crate. `None`: nothing is known; empty: there is no such
    /// crate.
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>>;
}

/// What is known of one published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRelease {
    /// The version.
    pub version: Version,
    /// Whether its author has withdrawn it; `None` where that is not known.
    pub yanked: Option<bool>,
    /// When it was published; `None` where that is not known.
    pub published: Option<Timestamp>,
}

/// Knows nothing: rules that need facts are listed as not evaluated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Absent;

impl Facts for Absent {
    fn releases(&self, _: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        None
    }
}
