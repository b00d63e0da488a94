use std::collections::BTreeSet;

use depaudit_policy::Level;

use crate::audit::{Entry, Identity, Origin, Origins};
use crate::report::OverrideKind;

/// One locked package, and what it really is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Party<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) origin: Origin<'a>,
}

/// A version that is not the same everywhere.
pub(super) struct Split<'a> {
    pub(super) level: Level,
    /// Those of one version next to each other; never empty.
    pub(super) parties: Vec<Party<'a>>,
    /// How many other packages differ in the same way.
    pub(super) others: usize,
}

/// The version without what a copy adds to it.
pub(super) fn release<'a>(entry: &Entry<'a>) -> &'a str {
    let version = &*entry.package.version;
    version.find(['-', '+']).and_then(|end| version.get(..end)).unwrap_or(version)
}

pub(super) fn splits_of<'a>(release: &[Entry<'a>], origins: &Origins<'a>) -> Vec<Split<'a>> {
    let party = |entry: &Entry<'a>| Some(Party { entry: *entry, origin: origins.of_entry(entry)? });
    let parties: Vec<_> = release.iter().filter_map(party).collect();
    let mut splits = Vec::new();
    for exact in parties.chunk_by(|a, b| a.version() == b.version()) {
        let Some(level) = judge(exact) else { continue };
        let version = exact.first().map(Party::version);
        let copies = parties.iter().filter(|it| it.is_copy() && Some(it.version()) != version);
        let parties = exact.iter().chain(copies).copied().collect();
        splits.push(Split { level, parties, others: 0 });
    }
    let numbered_apart = parties.chunk_by(|a, b| a.version() == b.version()).nth(1).is_some();
    if splits.is_empty() && numbered_apart && parties.iter().any(Party::is_copy) {
        let firm: Vec<_> = parties.into_iter().filter(Party::is_firm).collect();
        if differ(&firm, |party| party.identity().source()) {
            splits.push(Split { level: Level::Deny, parties: firm, others: 0 });
        }
    }
    splits
}

/// What becomes of one name and version.
fn judge(exact: &[Party<'_>]) -> Option<Level> {
    if is_same_bytes(exact) {
        return None;
    }
    let firm: Vec<_> = exact.iter().copied().filter(Party::is_firm).collect();
    if differ(&firm, Party::identity) {
        return Some(Level::Deny);
    }
    // A folder beside commits is most often the repository that they are of, and two teams' folders
    // with one name have most often nothing in common.
    let is_released = |it: &Party<'_>| it.identity().is_registry() || it.is_copy();
    (exact.iter().any(is_released) && differ(exact, Party::identity)).then_some(Level::Warn)
}

/// Whether two teams have two of something.
fn differ<'a>(parties: &[Party<'a>], of: impl Fn(&Party<'a>) -> Identity<'a>) -> bool {
    let Some(first) = parties.first() else { return false };
    parties.iter().any(|party| of(party) != of(first))
        && parties.iter().any(|party| party.entry.team != first.entry.team)
}

/// A checksum says what the bytes are, whichever registry serves them. Two checksums of one
/// registry are LCK01's.
fn is_same_bytes(exact: &[Party<'_>]) -> bool {
    let first = exact.first().map(|party| party.entry.package.checksum);
    exact.iter().all(|party| {
        let checksum = party.entry.package.checksum;
        party.origin.identity.is_registry() && checksum.is_some() && Some(checksum) == first
    })
}

impl<'a> Party<'a> {
    pub(super) const fn identity(&self) -> Identity<'a> {
        self.origin.identity
    }

    pub(super) fn version(&self) -> &'a str {
        &self.entry.package.version
    }

    /// Whether it is surely not just a package that lies where it is made.
    fn is_firm(&self) -> bool {
        !matches!(self.origin.identity, Identity::Folder { .. })
    }

    /// Whether it stands in for a release under a number that may not be the release's own.
    fn is_copy(&self) -> bool {
        let replaces = |kind| {
            matches!(kind, OverrideKind::Patch | OverrideKind::Replace | OverrideKind::ConfigPatch)
        };
        match self.origin.identity {
            Identity::StandIn { .. } | Identity::Registry(_) => true,
            Identity::Git { .. } => self.origin.cause.is_some_and(|cause| replaces(cause.kind)),
            Identity::CratesIo | Identity::Folder { .. } => false,
        }
    }

    /// Whether it is neither the release nor the place where it is made.
    pub(super) fn is_unusual(&self) -> bool {
        self.is_firm() && self.identity() != Identity::CratesIo
    }
}

impl<'a> Split<'a> {
    /// Which team is at which commit; `None` when something else differs, too.
    pub(super) fn commits(&self) -> Option<BTreeSet<(usize, Identity<'a>)>> {
        let unusual = self.parties.iter().filter(|party| party.is_unusual());
        let unusual = unusual.map(|party| (party.entry.team, party.origin.identity));
        let commits: BTreeSet<_> = unusual.collect();
        let is_git = |(_, identity): &(_, _)| matches!(identity, Identity::Git { .. });
        (!commits.is_empty() && commits.iter().all(is_git)).then_some(commits)
    }

    pub(super) fn teams(&self) -> BTreeSet<usize> {
        self.parties.iter().map(|party| party.entry.team).collect()
    }
}
