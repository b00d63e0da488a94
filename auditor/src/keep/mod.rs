//! What is kept of a scan for a report to a server: the locked graphs and the overrides of each team.

mod graph;
mod overriding;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use depaudit_model::cargo::parse_version;
use depaudit_model::terminal::printable;
use depaudit_portfolio::report::{Label, Package, Place, Source};

use crate::audit::{Across, Entry, Identity, Origins};
use crate::cargo::lock::PackageSource;
use crate::files::RepoPath;
use crate::report::LockedGraphs;

/// For each team what its report needs; `None` where none was asked for.
pub(crate) fn locked(across: &Across<'_>) -> Vec<Option<LockedGraphs>> {
    let teams = across.teams();
    if teams.iter().all(|team| team.outline.is_none()) {
        return teams.iter().map(|_| None).collect();
    }
    let origins = across.origins();
    (0..teams.len()).map(|team| locked_by(across, &origins, team)).collect()
}

fn locked_by<'a>(across: &Across<'a>, origins: &Origins<'a>, team: usize) -> Option<LockedGraphs> {
    let audited = across.team(team)?;
    let outline = audited.outline.as_ref()?;
    let mut kept = LockedGraphs { locks: audited.locks.len(), ..LockedGraphs::default() };
    let mut read = Vec::with_capacity(audited.locks.len());
    for lock in &audited.locks {
        let entries = lock.packages.iter().map(|package| Entry { team, lock, package });
        let packages: Vec<_> = entries.map(|entry| package(origins, &entry)).collect();
        kept.left_out += packages.iter().filter(|package| package.is_none()).count();
        read.push((lock, packages));
    }
    let all: BTreeSet<Package> =
        read.iter().flat_map(|(_, packages)| packages).flatten().cloned().collect();
    kept.packages = all.into_iter().collect();
    for (lock, packages) in &read {
        let built = outline.built.get(&lock.path).map(Vec::as_slice).unwrap_or_default();
        kept.workspaces.extend(graph::workspace(lock, packages, &kept.packages, built));
    }
    kept.workspaces.sort_by(|a, b| a.folder.cmp(&b.folder));
    kept.workspaces.dedup_by(|a, b| a.folder == b.folder);
    kept.overrides = overriding::records(audited, outline, &read, &kept.packages);
    kept.gaps = audited.gaps;
    kept.roots = audited.workspaces;
    Some(kept)
}

/// `None` for what has no name or version that a report could hold: Cargo refuses such a lock.
fn package<'a>(origins: &Origins<'a>, entry: &Entry<'a>) -> Option<Package> {
    let locked = entry.package;
    let stand_in = match origins.of_entry(entry).map(|origin| origin.identity) {
        Some(Identity::StandIn { folder, .. }) => label(folder),
        _ => None,
    };
    let source = match &*locked.source {
        PackageSource::Path => Source::Folder,
        PackageSource::CratesIo => Source::CratesIo,
        PackageSource::Other(text) => Source::Registry(text.parse().ok()?),
        PackageSource::Git { url, commit, .. } => Source::Git {
            url: url.as_str().parse().ok()?,
            commit: commit.as_deref().and_then(label),
        },
    };
    Some(Package {
        name: locked.name.parse().ok()?,
        version: parse_version(&locked.version).ok()?,
        source,
        checksum: locked.checksum,
        stand_in,
        replaced: locked.replaced,
    })
}

/// A text of a repository as a report can hold it: escaped, and cut where it is too long.
pub(crate) fn label(text: &str) -> Option<Label> {
    let shown = printable(text).to_string();
    let mut end = shown.len().min(Label::LONGEST);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    shown.get(..end)?.parse().ok()
}

fn place(path: &RepoPath) -> Option<Place> {
    printable(&path.to_string()).to_string().parse().ok()
}
