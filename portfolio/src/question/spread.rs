//! How one name, and one version of it, spread over the teams.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use depaudit_model::cargo::Line;
use semver::Version;

use super::SplitCause;
use crate::Locked;
use crate::report::{Source, SourceKind};

/// One name over all teams.
#[derive(Debug, Default)]
pub(super) struct NameSpread<'a> {
    /// Every version from somewhere else than a folder, with the teams that lock it.
    pub(super) versions: BTreeMap<&'a Version, BTreeSet<&'a TeamId>>,
    /// The teams that lock it from somewhere else than a folder.
    pub(super) teams: BTreeSet<&'a TeamId>,
    /// Those of them that are known by downloads alone.
    pub(super) received: BTreeSet<&'a TeamId>,
    crates_io: BTreeSet<&'a TeamId>,
    git: BTreeSet<&'a TeamId>,
    folder: BTreeSet<&'a TeamId>,
}

impl<'a> NameSpread<'a> {
    pub(super) fn of(same_name: &[Locked<'a>]) -> Self {
        let mut spread = Self::default();
        for Locked { origin, package, received, .. } in same_name {
            let team = &origin.team;
            if *received {
                spread.received.insert(team);
            }
            match package.source {
                Source::Folder => {
                    spread.folder.insert(team);
                    continue;
                }
                Source::CratesIo => {
                    spread.crates_io.insert(team);
                }
                Source::Git { .. } => {
                    spread.git.insert(team);
                }
                Source::Registry(_) => {}
            }
            spread.teams.insert(team);
            spread.versions.entry(&package.version).or_default().insert(team);
        }
        spread
    }

    pub(super) fn is_shared(&self) -> bool {
        self.teams.len() > 1
    }

    pub(super) fn drifts(&self) -> bool {
        self.is_shared() && self.versions.len() > 1
    }

    /// Whether it is on more than one line of compatible versions.
    pub(super) fn is_incompatible(&self) -> bool {
        let lines: BTreeSet<_> = self.versions.keys().map(|version| Line::of(version)).collect();
        self.drifts() && lines.len() > 1
    }

    /// Whether there is no version that all its teams lock.
    pub(super) fn has_no_common(&self) -> bool {
        self.is_shared() && !self.versions.values().any(|having| having.len() == self.teams.len())
    }

    /// Whether one team takes it from git or a folder, and another from the default registry.
    pub(super) fn splits_source(&self) -> bool {
        let splits = |other: &BTreeSet<&TeamId>| {
            !other.is_empty()
                && !self.crates_io.is_empty()
                && other.union(&self.crates_io).count() > 1
        };
        splits(&self.git) || splits(&self.folder)
    }
}

/// One version of one name over all teams.
#[derive(Debug, Default)]
pub(super) struct VersionSpread<'a> {
    pub(super) teams: BTreeSet<&'a TeamId>,
    kinds: BTreeSet<SourceKind>,
    checksums: BTreeSet<depaudit_model::Checksum>,
    git_teams: BTreeSet<&'a TeamId>,
    folder_teams: BTreeSet<&'a TeamId>,
    /// The commits of each repository.
    commits: BTreeMap<&'a str, BTreeSet<Option<&'a str>>>,
    /// Of those that a lock takes from a registry: whether a folder stands in for some, for others not.
    built_as_locked: BTreeSet<bool>,
}

impl<'a> VersionSpread<'a> {
    pub(super) fn of(same: &[Locked<'a>]) -> Self {
        let mut spread = Self::default();
        for Locked { origin, package, received, .. } in same {
            let team = &origin.team;
            spread.teams.insert(team);
            spread.kinds.insert(package.source.kind());
            match &package.source {
                Source::Folder => {
                    spread.folder_teams.insert(team);
                    continue;
                }
                Source::CratesIo => spread.checksums.extend(package.checksum),
                Source::Git { url, commit } => {
                    spread.git_teams.insert(team);
                    let commits = spread.commits.entry(url.as_str()).or_default();
                    commits.insert(commit.as_ref().map(|commit| commit.as_str()));
                }
                Source::Registry(_) => {}
            }
            // Of downloads nobody knows what is built in their place.
            if !received {
                spread.built_as_locked.insert(package.stand_in.is_none());
            }
        }
        spread
    }

    pub(super) fn is_shared(&self) -> bool {
        self.teams.len() > 1
    }

    /// Why its identity is split, the worst cause first; empty where it is not.
    pub(super) fn causes(&self) -> Vec<SplitCause> {
        if !self.is_shared() {
            return Vec::new();
        }
        let several_git = self.git_teams.len() > 1;
        [
            (SplitCause::Checksum, self.checksums.len() > 1),
            (SplitCause::StandIn, self.built_as_locked.len() > 1),
            (SplitCause::Kind, self.kinds.len() > 1),
            (SplitCause::GitUrl, several_git && self.commits.len() > 1),
            (SplitCause::GitCommit, several_git && self.commits.values().any(|it| it.len() > 1)),
            (SplitCause::Folders, self.folder_teams.len() > 1),
        ]
        .into_iter()
        .filter_map(|(cause, found)| found.then_some(cause))
        .collect()
    }
}

/// Those of some teams that are known by their downloads alone.
pub(super) fn by_downloads<'a>(
    teams: impl IntoIterator<Item = &'a TeamId>,
    received: &BTreeSet<&TeamId>,
) -> BTreeSet<TeamId> {
    teams.into_iter().filter(|team| received.contains(team)).cloned().collect()
}

/// The teams that are known by downloads alone, of those that have these.
pub(super) fn received<'a>(locked: &[Locked<'a>]) -> BTreeSet<&'a TeamId> {
    locked.iter().filter(|it| it.received).map(|it| &it.origin.team).collect()
}

/// The locked packages of one name, those of one version together.
pub(super) fn versions<'s, 'a>(
    same_name: &'s [Locked<'a>],
) -> impl Iterator<Item = &'s [Locked<'a>]> {
    same_name.chunk_by(|a, b| a.package.version == b.package.version)
}
