//! What the world knows, and the locks that it is held against.

mod locked;

use std::fmt;
use std::sync::Arc;

use depaudit_model::Timestamp;
use depaudit_model::cargo::CrateName;
use semver::Version;

pub(crate) use locked::{LockedRelease, LockedReleases};

/// What the world knows of the default registry's crates, and a scan cannot see in files. The
/// auditor asks no network: whoever calls it passes in where facts come from.
///
/// A scan asks for a name as often as it likes, from several threads; whoever answers keeps what
/// cost time to find out.
pub trait Facts: fmt::Debug + Sync {
    /// Every published version of a crate. `None`: nothing is known; empty: there is no such
    /// crate.
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>>;

    /// These crates are going to be asked for: whoever has to fetch can fetch them together.
    fn expect(&self, names: &[CrateName]) {
        let _ = names;
    }
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

impl PublishedRelease {
    /// Whether somebody who wants a release would take it: no pre-release, and not withdrawn.
    pub(crate) fn is_stable(&self) -> bool {
        self.is_or_may_be_stable() && self.yanked.is_some()
    }

    /// The same, or nobody knows whether it was withdrawn.
    pub(crate) fn is_or_may_be_stable(&self) -> bool {
        self.version.pre.is_empty() && self.yanked != Some(true)
    }
}

/// Knows nothing: rules that need facts are listed as not evaluated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Absent;

impl Facts for Absent {
    fn releases(&self, _: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        None
    }
}
