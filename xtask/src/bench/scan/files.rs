//! What lies below a folder, counted.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// How many files there are, and how much of them is TOML.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Files {
    pub(super) count: usize,
    /// In bytes, of `*.toml` and `*.lock`.
    pub(super) toml: u64,
}

impl Files {
    /// # Errors
    /// When a folder cannot be listed.
    pub(super) fn below(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Self::default();
        for path in paths_below(folder)? {
            files.count += 1;
            if path.extension().is_some_and(|it| it == "toml" || it == "lock") {
                files.toml += path.metadata()?.len();
            }
        }
        Ok(files)
    }
}

/// Every regular file below a folder, those that lie highest first. Links are passed over.
///
/// # Errors
/// When a folder cannot be listed.
pub(super) fn paths_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = folder.read_dir();
        for entry in entries.with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort_by_cached_key(|path| (path.components().count(), path.clone()));
    Ok(found)
}
