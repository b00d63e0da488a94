use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_model::cargo::{CrateName, PackageFiles, Release, parse_version};
use depaudit_portfolio::report::NotCompared;
use semver::Version;

use super::ContentFiles;
use crate::audit::AuditedTeam;
use crate::cargo::package::{FolderError, package_of_folder};
use crate::facts::Facts;
use crate::files::RepoPath;
use crate::report::{LockedIdentity, Override, OverrideKind, Reach, SourceKey, Target};

/// One content that an override puts in place.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: CrateName,
    /// The version that it carries, where something tells it.
    pub(super) version: Option<Version>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// It can be asked for.
    Whole(Whole),
    /// It cannot.
    Absent(NotCompared),
}

/// A content that is named so that one name has one content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whole {
    /// A folder below a team's.
    Folder { team: usize, folder: RepoPath },
    /// A commit of a repository, by its canonical URL.
    Commit { url: String, commit: String },
}

/// What an override of a crates.io package puts in place. Nothing for what does not act, for the
/// workspace's own packages, and for a pin to another version of crates.io's.
pub(super) fn subjects(team: usize, record: &Override) -> Vec<Subject> {
    let Some(name) = name_of(record) else { return Vec::new() };
    let version = record.version.as_deref().or_else(|| locked_version(record));
    let version = version.and_then(|text| parse_version(text).ok());
    let one = |content| vec![Subject { name: name.clone(), version: version.clone(), content }];
    match &record.target {
        Target::Path(_) | Target::Directory(_) => one(match (&record.folder, record.reach) {
            (Some(folder), _) => Content::Whole(Whole::Folder { team, folder: folder.clone() }),
            (None, Some(Reach::Missing)) => Content::Absent(NotCompared::NoPackage),
            (None, _) => Content::Absent(NotCompared::Outside),
        }),
        Target::Git(_) => {
            let commits: BTreeSet<_> = record.locked.iter().filter_map(commit_of).collect();
            if commits.is_empty() {
                return one(Content::Absent(NotCompared::NoCommit));
            }
            let subject = |(version, whole)| Subject {
                name: name.clone(),
                version: Some(version),
                content: Content::Whole(whole),
            };
            commits.into_iter().map(subject).collect()
        }
        Target::Registry(_) => one(Content::Absent(NotCompared::OtherRegistry)),
        _ => Vec::new(),
    }
}

fn name_of(record: &Override) -> Option<CrateName> {
    let is_of_crates_io = record.source.as_ref().is_none_or(|it| *it == SourceKey::CratesIo);
    let has_content = !matches!(
        record.kind,
        OverrideKind::SourceReplacement
            | OverrideKind::RegistryDependency
            | OverrideKind::Env
            | OverrideKind::Flag
    );
    let counts = is_of_crates_io && has_content && record.is_effective() && !is_own(record);
    if counts { record.package.as_deref()?.parse().ok() } else { None }
}

/// Whether it is the workspace's own package.
fn is_own(record: &Override) -> bool {
    record.is_ordinary() || record.reach == Some(Reach::Member) && record.folder.is_none()
}

fn locked_version(record: &Override) -> Option<&str> {
    record.locked.first().map(|locked| locked.version.as_str())
}

fn commit_of(locked: &crate::report::Locked) -> Option<(Version, Whole)> {
    let LockedIdentity::Git { url, commit: Some(commit) } = &locked.identity else { return None };
    let whole = Whole::Commit { url: url.as_str().to_owned(), commit: commit.clone() };
    Some((parse_version(&locked.version).ok()?, whole))
}

/// Reads a content. What is hidden in it counts where `release` has it.
pub(super) fn files(
    whole: &Whole,
    teams: &[AuditedTeam],
    facts: &dyn Facts,
    carried: &Release,
    release: &PackageFiles,
) -> ContentFiles {
    match whole {
        Whole::Commit { url, commit } => {
            facts.commit_files(url, commit, carried).ok_or(NotCompared::CommitAway)
        }
        Whole::Folder { team, folder } => {
            let team = teams.get(*team).ok_or(NotCompared::Unreadable)?;
            let root = team.report.folder.canonicalize().map_err(|_| NotCompared::Unreadable)?;
            let read = package_of_folder(&root, folder, release);
            let (packaging, files) = read.map_err(|error| match error {
                FolderError::Manifest(_) | FolderError::Packaging(_) => NotCompared::NoPackage,
                FolderError::Listing(..) | FolderError::TooMuch(_) => NotCompared::Unreadable,
            })?;
            // A rename in between: another package is no copy of this one.
            if packaging.name() == Some(carried.name.as_str()) {
                Ok(Arc::new(files))
            } else {
                Err(NotCompared::NoPackage)
            }
        }
    }
}
