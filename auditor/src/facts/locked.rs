use std::collections::BTreeMap;
use std::sync::Arc;

use depaudit_model::cargo::{CrateName, parse_version};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use semver::Version;

use super::{Facts, PublishedRelease};
use crate::audit::AuditedTeam;
use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::report::{FoundPackage, Location, Place};
use crate::rules::{Draft, MOST_PLACES};

/// What the locks of all teams hold of the default registry, beside what is known of it.
#[derive(Debug)]
pub(crate) struct LockedReleases<'a> {
    entries: Vec<Entry<'a>>,
    known: BTreeMap<CrateName, Option<Arc<[PublishedRelease]>>>,
}

/// One package in one lock of one team (by its number).
#[derive(Debug)]
struct Entry<'a> {
    name: CrateName,
    version: Version,
    number: usize,
    team: &'a AuditedTeam,
    lock: &'a Lock,
    package: &'a LockedPackage,
}

/// One release of the default registry that one team locks.
#[derive(Debug)]
pub(crate) struct LockedRelease<'a, 'r> {
    /// The crate.
    pub(crate) name: &'r CrateName,
    /// The version.
    pub(crate) version: &'r Version,
    /// The team.
    pub(crate) team: &'a AuditedTeam,
    /// Every published version of the crate; `None` where nothing is known.
    pub(crate) releases: Option<&'r [PublishedRelease]>,
    /// The entries of all teams for this crate.
    same_name: &'r [Entry<'a>],
    /// The entries of this team for this release; at least one.
    entries: &'r [Entry<'a>],
}

impl<'a> LockedReleases<'a> {
    /// Reads the locks of those teams that `wanted` lets pass, and asks once for each crate in
    /// them.
    ///
    /// Passed over is what nobody could have published (a name or version that is none), and what
    /// a `[replace]` keeps out of the build.
    pub(crate) fn of(
        teams: &'a [AuditedTeam],
        facts: &dyn Facts,
        wanted: impl Fn(&AuditedTeam) -> bool + Sync,
    ) -> Self {
        let teams = || teams.iter().enumerate().filter(|(_, team)| wanted(team));
        let locks: Vec<_> = teams()
            .flat_map(|(number, team)| team.locks.iter().map(move |lock| (number, team, lock)))
            .collect();
        let mut entries: Vec<Entry<'a>> = locks
            .into_par_iter()
            .flat_map_iter(|(number, team, lock)| {
                let packages = lock.packages.iter().filter(|package| {
                    *package.source == PackageSource::CratesIo && !package.replaced
                });
                packages.filter_map(move |package| Entry::new(number, team, lock, package))
            })
            .collect();
        // Stable: the locks of one team keep their order.
        entries.par_sort_by(|a, b| a.key().cmp(&b.key()));
        let mut names: Vec<_> = entries.iter().map(|entry| entry.name.clone()).collect();
        names.dedup();
        facts.expect(&names);
        let known = names.into_par_iter().map(|name| {
            let releases = facts.releases(&name);
            (name, releases)
        });
        Self { known: known.collect(), entries }
    }

    /// Each release that a team locks, once for each team.
    pub(crate) fn all(&self) -> impl Iterator<Item = LockedRelease<'a, '_>> {
        let by_name = self.entries.chunk_by(|a, b| a.name == b.name);
        by_name.flat_map(move |same_name| {
            let same = |a: &Entry<'_>, b: &Entry<'_>| a.key() == b.key();
            same_name.chunk_by(same).filter_map(move |entries| {
                let Entry { name, version, team, .. } = entries.first()?;
                let releases = self.known.get(name)?.as_deref();
                Some(LockedRelease { name, version, team, releases, same_name, entries })
            })
        })
    }
}

impl<'a> Entry<'a> {
    fn new(
        number: usize,
        team: &'a AuditedTeam,
        lock: &'a Lock,
        package: &'a LockedPackage,
    ) -> Option<Self> {
        let name = package.name.parse().ok()?;
        let version = parse_version(&package.version).ok()?;
        Some(Self { name, version, number, team, lock, package })
    }

    fn key(&self) -> (&CrateName, &Version, usize) {
        (&self.name, &self.version, self.number)
    }
}

impl<'a> LockedRelease<'a, '_> {
    /// What is known of this very release. `None` where nothing is known of the crate, and where
    /// what is known is older than the lock.
    pub(crate) fn facts(&self) -> Option<&PublishedRelease> {
        self.releases?.iter().find(|release| release.version == *self.version)
    }

    /// The versions of this crate that any team's lock holds: proof that they were published.
    pub(crate) fn witnessed(&self) -> impl Iterator<Item = &Version> {
        self.same_name.iter().map(|entry| &entry.version)
    }

    /// The locks that hold it.
    pub(crate) fn locks(&self) -> impl Iterator<Item = (&'a Lock, &'a LockedPackage)> {
        self.entries.iter().map(|entry| (entry.lock, entry.package))
    }

    /// Its entries in them.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.locks().map(|(lock, package)| Location::new(&lock.path, package.span).into())
    }

    /// A finding about it, with the locks that hold it as its places.
    pub(crate) fn draft(&self, message: String, help: String) -> Draft {
        let more = self.entries.len().saturating_sub(MOST_PLACES);
        let message = if more == 0 {
            message
        } else {
            format!("{message} (in {} locks)", self.entries.len())
        };
        Draft {
            message,
            help: Some(help),
            package: Some(FoundPackage {
                name: self.name.to_string(),
                version: Some(self.version.to_string()),
            }),
            workspace: None,
            locations: self.places().take(MOST_PLACES).collect(),
            identity: String::new(),
            level: None,
            fix: None,
        }
    }
}
