use std::collections::HashMap;

use super::{Entry, Identity};
use crate::audit::AuditedTeam;
use crate::cargo::lock::PackageSource;
use crate::files::RepoPath;
use crate::report::{Override, OverrideKind, Reach, Target};

/// The overrides of all teams, by the entries of locks that they account for.
///
/// A lock does not say that a folder stands in for a registry's package, and with `paths` in
/// configuration it does not change at all: only the records tell.
#[derive(Debug)]
pub(crate) struct Origins<'a>(HashMap<&'a str, HashMap<Key<'a>, &'a Override>>);

/// An entry of a name: its team's number, the lock, the version.
type Key<'a> = (usize, &'a RepoPath, &'a str);

/// What a locked package is, and the override that is the cause of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// Where its bytes come from.
    pub(crate) identity: Identity<'a>,
    /// The override, where one is the cause.
    pub(crate) cause: Option<&'a Override>,
}

impl<'a> Origins<'a> {
    pub(super) fn of(teams: &'a [AuditedTeam]) -> Self {
        // By name first: hardly any of a lock's packages is overridden.
        let mut found = HashMap::<_, HashMap<Key<'a>, &'a Override>>::new();
        for (team, audited) in teams.iter().enumerate() {
            let records = audited.report.overrides.iter();
            for record in records.filter(|it| it.is_effective() && !it.is_ordinary()) {
                let Some(package) = &record.package else { continue };
                for locked in &record.locked {
                    let key = (team, &locked.location.path, &*locked.version);
                    let named = found.entry(&**package).or_default();
                    let known = named.entry(key).or_insert(record);
                    // What replaces tells more than what asks: kinds are in that order.
                    if record.kind < known.kind {
                        *known = record;
                    }
                }
            }
        }
        Self(found)
    }

    /// What an entry is; `None` for one that a `[replace]` keeps out of the build: the package in
    /// its place has an entry of its own.
    pub(crate) fn of_entry(&self, entry: &Entry<'a>) -> Option<Origin<'a>> {
        let Entry { team, lock, package } = *entry;
        if package.replaced {
            return None;
        }
        let named = self.0.get(&*package.name);
        let cause = named.and_then(|named| named.get(&(team, &lock.path, &*package.version)));
        let cause = cause.copied().filter(|record| accounts_for(record, &package.source));
        let stands_in = cause.and_then(stand_in).map(|folder| Identity::StandIn { team, folder });
        let identity = match &*package.source {
            PackageSource::Path => stands_in.unwrap_or(Identity::Folder { team }),
            PackageSource::CratesIo => stands_in.unwrap_or(Identity::CratesIo),
            PackageSource::Git { url, commit, .. } => {
                Identity::Git { url, commit: commit.as_deref() }
            }
            PackageSource::Other(registry) => stands_in.unwrap_or(Identity::Registry(registry)),
        };
        Some(Origin { identity, cause })
    }
}

/// Whether an override is the cause of an entry from this source: a lock may hold one version of
/// one name from two sources, and a record speaks of one of them.
fn accounts_for(record: &Override, source: &PackageSource) -> bool {
    match (source, &record.target) {
        (PackageSource::Path, Target::Path(_))
        | (PackageSource::Git { .. }, Target::Git(_))
        | (PackageSource::Other(_), Target::Registry(_)) => true,
        // `paths` leaves the lock as it was.
        (PackageSource::CratesIo | PackageSource::Other(_), Target::Path(_)) => {
            record.kind == OverrideKind::ConfigPaths
        }
        _ => false,
    }
}

/// The folder that an override puts in another source's place. A workspace that patches a package
/// with its own member is most often the one that publishes it (OVR12), and stands for itself.
fn stand_in(record: &Override) -> Option<&str> {
    let replaces = matches!(
        record.kind,
        OverrideKind::Patch
            | OverrideKind::Replace
            | OverrideKind::ConfigPatch
            | OverrideKind::ConfigPaths
    );
    match &record.target {
        Target::Path(folder) if replaces && record.reach != Some(Reach::Member) => Some(folder),
        _ => None,
    }
}
