use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{FileKind, ReadError, RepoPath, read_text};
use crate::limits::{MOST_LINKS, MOST_NAMES};
use crate::report::{BlindSpot, Gap};

/// What a walk found below a root.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The root, canonical.
    pub(super) root: PathBuf,
    /// The files that count, in the order of their paths.
    pub(crate) files: Vec<(RepoPath, FileKind)>,
    /// Every folder that was entered, the root first, in the order of their paths.
    pub(crate) folders: Vec<RepoPath>,
    /// The links that were met, and not entered.
    pub(crate) links: BTreeMap<RepoPath, Link>,
    /// What should have been read and could not be.
    pub(crate) gaps: Vec<Gap>,
    /// What lies outside the scan.
    pub(crate) blind_spots: Vec<BlindSpot>,
    /// Texts that stand in for what is on disk.
    #[cfg(fuzzing)]
    pub(super) memory: BTreeMap<RepoPath, Box<str>>,
}

/// Where a symbolic link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// To this place below the root.
    Inside(RepoPath),
    /// Out of the root.
    Outside,
    /// Nowhere.
    Broken,
}

impl Tree {
    /// Where on this machine a place below the root is.
    pub(crate) fn on_disk(&self, path: &RepoPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// The real place of `path`, links below the root replaced; `None` when one leads out.
    pub(crate) fn real(&self, path: &RepoPath) -> Option<RepoPath> {
        if self.links.is_empty() {
            return Some(path.clone());
        }
        let mut path = path.clone();
        for _ in 0..MOST_LINKS {
            let Some((link, target)) = self.first_link(&path) else { return Some(path) };
            let Link::Inside(target) = target else { return None };
            let rest = path.as_str().get(link.as_str().len()..)?.trim_start_matches('/');
            path = target.join(rest).ok()?;
        }
        None
    }

    /// The topmost link on the way to `path`.
    fn first_link(&self, path: &RepoPath) -> Option<(RepoPath, &Link)> {
        let mut prefix = RepoPath::root();
        for part in path.parts() {
            prefix = prefix.child(part);
            if let Some(target) = self.links.get(&prefix) {
                return Some((prefix, target));
            }
        }
        None
    }

    /// Whether `path`, links inside the root followed, is a folder that the walk entered.
    pub(crate) fn has_folder(&self, path: &RepoPath) -> bool {
        self.real(path).is_some_and(|real| self.folders.binary_search(&real).is_ok())
    }

    /// The folders directly in `folder` that the walk entered.
    pub(crate) fn folders_in(&self, folder: &RepoPath) -> impl Iterator<Item = &RepoPath> {
        self.folders_below(folder).filter(move |known| known.parent().as_ref() == Some(folder))
    }

    /// The folder and every folder below it that the walk entered.
    pub(crate) fn folders_below(&self, folder: &RepoPath) -> impl Iterator<Item = &RepoPath> {
        let start = self.folders.partition_point(|known| known < folder);
        let below = self.folders.get(start..).unwrap_or_default().iter();
        // In the order of paths, `a-b` stands between `a` and `a/b`.
        below
            .take_while(move |known| known.as_str().starts_with(folder.as_str()))
            .filter(move |known| known.is_within(folder))
    }

    /// Whether something lies at `path` on disk, although the walk may have left it out.
    pub(crate) fn lies_on_disk(&self, path: &RepoPath) -> bool {
        self.on_disk(path).symlink_metadata().is_ok()
    }

    /// The files and folders directly in `folder` on disk, links left out; nothing where there is no
    /// such folder. Whoever is shown more than [`MOST_NAMES`] has seen enough.
    pub(crate) fn names_in(&self, folder: &RepoPath) -> Vec<RepoPath> {
        let listing = self.on_disk(folder).read_dir().into_iter().flatten().flatten();
        let real = listing.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()));
        let names = real.filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<_> = names.take(MOST_NAMES).map(|name| folder.child(&name)).collect();
        found.sort_unstable();
        found
    }

    /// Reads a text file that the walk found.
    pub(crate) fn read(&self, path: &RepoPath, limit: u64) -> Result<String, ReadError> {
        #[cfg(fuzzing)]
        if let Some(text) = self.memory.get(path) {
            return Ok(text.as_ref().to_owned());
        }
        read_text(&self.on_disk(path), limit)
    }

    /// Reads a text file that another file names, which the walk did not look for. Asks the file
    /// system where it really is, and refuses what lies outside.
    pub(crate) fn read_named(&self, path: &RepoPath, limit: u64) -> Result<String, ReadError> {
        #[cfg(fuzzing)]
        if let Some(text) = self.memory.get(path) {
            return Ok(text.as_ref().to_owned());
        }
        let real = self.on_disk(path).canonicalize()?;
        if !real.starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        read_text(&real, limit)
    }
}
