use std::fmt;
use std::sync::Arc;

use semver::Version;

use super::{CrateName, PackageFiles, Release};
use crate::{LockedCrate, OnRecord, Timestamp};

/// What the world knows of the default registry's crates, and no file of a team says. Who judges
/// asks no network: whoever calls passes in where facts come from.
///
/// A name is asked for as often as it takes, from several threads; whoever answers keeps what
/// cost time to find out.
pub trait Facts: fmt::Debug + Sync {
    /// Every published version of a crate. `None`: nothing is known; empty: there is no such
    /// crate.
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>>;

    /// These crates are going to be asked for: whoever has to fetch can fetch them together.
    fn expect(&self, names: &[CrateName]) {
        let _ = names;
    }

    /// Who withdrew a release that [`Self::releases`] tells of as withdrawn. A registry says so for the
    /// author alone; a proxy in between may mark what its policy holds back in the same way.
    fn withdrawal(&self, release: &Release) -> Withdrawal {
        let _ = release;
        Withdrawal::Author
    }

    /// Whether there is a record of a registry proxy to ask.
    fn has_record(&self) -> bool {
        false
    }

    /// What the record says of what a lock holds of the default registry. `None`: nothing is known.
    fn on_record(&self, locked: &LockedCrate) -> Option<OnRecord> {
        let _ = locked;
        None
    }

    /// The record is going to be asked about these.
    fn expect_on_record(&self, locked: &[LockedCrate]) {
        let _ = locked;
    }

    /// The files of a published version, from a crate file whose checksum was compared with the
    /// registry's. `None`: the crate is not at hand.
    fn release_files(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        let _ = release;
        None
    }

    /// The files of the package called as `carried`, in a commit of the repository with this canonical
    /// URL. `None`: the commit is not at hand.
    fn commit_files(
        &self,
        url: &str,
        commit: &str,
        carried: &Release,
    ) -> Option<Arc<PackageFiles>> {
        let _ = (url, commit, carried);
        None
    }
}

/// What is known of one published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRelease {
    /// The version.
    pub version: Version,
    /// Whether the index marks it as withdrawn, so that nobody takes it afresh; `None` where that is not
    /// known. Who did is another question: [`Facts::withdrawal`].
    pub yanked: Option<bool>,
    /// When it was published; `None` where that is not known.
    pub published: Option<Timestamp>,
}

/// Who withdrew a release that an index marks as withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawal {
    /// Its author.
    Author,
    /// Nobody: a rule of the policy of whoever serves the index holds it back.
    HeldBack {
        /// The rule.
        rule: Box<str>,
        /// Whether downloads are refused as well, also to builds that have locked it.
        refused: bool,
        /// The command that asks why.
        ask: Box<str>,
    },
    /// Nobody any more: what held it back has passed since the index was asked.
    Lifted,
    /// Whoever serves the index does not tell.
    Untold {
        /// The command that asks again.
        ask: Box<str>,
    },
}

impl PublishedRelease {
    /// Whether somebody who wants a release would take it: no pre-release, and not withdrawn.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.is_or_may_be_stable() && self.yanked.is_some()
    }

    /// The same, or nobody knows whether it was withdrawn.
    #[must_use]
    pub fn is_or_may_be_stable(&self) -> bool {
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
