//! Which fixes an override can be offered, by what else is known of the team.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Fix, Followed};
use crate::audit::TeamView;
use crate::cargo::lock::PackageSource;
use crate::cargo::source::{CanonicalUrl, GitReference};
use crate::files::RepoPath;
use crate::report::{GitTarget, LockedIdentity, Override, State};

/// At which commits the locks of a team hold what follows one reference of one repository: looked
/// up for each override, so gathered once.
#[derive(Debug)]
pub(crate) struct Commits<'v>(
    BTreeMap<(&'v CanonicalUrl, &'v GitReference), BTreeSet<Option<&'v str>>>,
);

impl<'v> Commits<'v> {
    /// What the team's locks say.
    pub(crate) fn of(view: &'v TeamView<'_>) -> Self {
        let mut all = BTreeMap::<_, BTreeSet<_>>::new();
        for source in view.locks.values().flat_map(|lock| &lock.sources) {
            if let PackageSource::Git { url, reference, commit } = &**source {
                all.entry((url, reference)).or_default().insert(commit.as_deref());
            }
        }
        Self(all)
    }

    /// Whether all that follows the same stands at this commit.
    fn hold_only(&self, followed: &Followed) -> bool {
        let there = self.0.get(&(&followed.url, &followed.reference));
        there.into_iter().flatten().all(|commit| *commit == Some(&*followed.commit))
    }
}

/// Pins an override to the commit at which the lock holds it. `None` where no lock holds a whole
/// commit, or several hold different ones.
pub(crate) fn pin(
    view: &TeamView<'_>,
    held: &Commits<'_>,
    record: &Override,
    target: &GitTarget,
) -> Option<Fix> {
    if target.ambiguous {
        return None;
    }
    let commits: BTreeSet<_> = record.locked.iter().map(|locked| &locked.identity).collect();
    let mut commits = commits.into_iter();
    let (Some(LockedIdentity::Git { commit: Some(commit), .. }), None) =
        (commits.next(), commits.next())
    else {
        return None;
    };
    // A short one may become ambiguous.
    if !matches!(commit.len(), 40 | 64) || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let followed = Followed {
        url: target.canonical.clone(),
        reference: target.reference.clone(),
        commit: commit.clone(),
    };
    // Another lock may hold it elsewhere, and count for the same manifest through a `path`.
    let safe = held.hold_only(&followed);
    let lock = record.locked.first().map(|locked| &locked.location.path);
    let lock = lock.filter(|lock| knows_every_folder(view, lock));
    Fix::pin(record, followed, lock, safe)
}

/// Removes a patch or replacement that has no effect. `None` where it may count for workspaces
/// that do not agree on that.
pub(crate) fn remove_unused(record: &Override) -> Option<Fix> {
    let one = record.workspace.is_some() || record.state == State::Unused;
    one.then(|| Fix::remove(record)).flatten()
}

/// Whether every folder that the lock builds from is a package of its own workspace, within this
/// scan: then every entry that follows the same is found, and pinned.
fn knows_every_folder(view: &TeamView<'_>, lock: &RepoPath) -> bool {
    let Some(lock) = view.locks.get(lock) else { return false };
    let root = lock.path.folder().child("Cargo.toml");
    let members = view.workspaces.members.get(&root).into_iter().flatten().chain([&root]);
    let members = members.filter(|path| view.workspaces.root_of(path) == Some(&root));
    let name = |path| view.manifests.get(path)?.package.as_ref()?.name.as_deref();
    let names: BTreeSet<_> = members.filter_map(name).collect();
    let mut folders =
        lock.packages.iter().filter(|package| matches!(*package.source, PackageSource::Path));
    folders.all(|package| names.contains(&*package.name))
}
