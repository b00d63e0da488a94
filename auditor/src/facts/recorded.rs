use std::collections::BTreeMap;

use depaudit_model::cargo::parse_version;
use depaudit_model::{LockedCrate, OnRecord};

use super::Facts;
use crate::audit::AuditedTeam;
use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::report::{Location, Place};

/// What the locks of all teams hold of the default registry with a checksum, and who holds it.
#[derive(Debug)]
pub(crate) struct LockedCrates<'a>(BTreeMap<LockedCrate, Vec<Holder<'a>>>);

/// A lock that holds a crate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) team: &'a AuditedTeam,
    lock: &'a Lock,
    package: &'a LockedPackage,
}

impl<'a> LockedCrates<'a> {
    /// Reads the locks, and lets the record be asked about everything in them. Passed over is what
    /// nobody could have published, and what a `[replace]` keeps out of the build.
    pub(crate) fn of(teams: &'a [AuditedTeam], facts: &dyn Facts) -> Self {
        let mut crates = BTreeMap::<_, Vec<_>>::new();
        for team in teams {
            for lock in &team.locks {
                for package in &lock.packages {
                    if let Some(locked) = locked(package) {
                        crates.entry(locked).or_default().push(Holder { team, lock, package });
                    }
                }
            }
        }
        facts.expect_on_record(&crates.keys().cloned().collect::<Vec<_>>());
        Self(crates)
    }

    /// Each of them with what the record says, where it says something.
    pub(crate) fn all<'f>(
        &'f self,
        facts: &'f dyn Facts,
    ) -> impl Iterator<Item = (&'f LockedCrate, &'f [Holder<'a>], Option<OnRecord>)> {
        self.0.iter().map(|(locked, holders)| (locked, &holders[..], facts.on_record(locked)))
    }
}

fn locked(package: &LockedPackage) -> Option<LockedCrate> {
    if *package.source != PackageSource::CratesIo || package.replaced {
        return None;
    }
    let name = package.name.parse().ok()?;
    let version = parse_version(&package.version).ok()?;
    Some(LockedCrate { name, version, sha256: package.checksum? })
}

impl Holder<'_> {
    /// Where it stands.
    pub(crate) fn place(&self) -> Place {
        let location = Location::new(&self.lock.path, self.package.span);
        Place { team: Some(self.team.report.team.clone()), location }
    }
}
