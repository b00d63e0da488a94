use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use depaudit_model::Checksum;
use depaudit_policy::Link;

use super::file;

/// Policies from servers, as they were last seen: for when the server is away, and for what is
/// pinned to a digest, which cannot change.
#[derive(Debug)]
pub(super) struct Cache {
    /// `None` where the user has no home: nothing is kept.
    folder: Option<PathBuf>,
}

impl Cache {
    /// In `$XDG_CACHE_HOME`, or in `.cache` of the user's home.
    pub(super) fn of_user() -> Self {
        let absolute = |name| {
            let folder = std::env::var_os(name).map(PathBuf::from);
            folder.filter(|folder| folder.is_absolute())
        };
        let base =
            absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
        Self { folder: base.map(|base| base.join("depaudit").join("policies")) }
    }

    #[cfg(test)]
    pub(super) fn within(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()) }
    }

    fn place(&self, link: &Link) -> Option<PathBuf> {
        // The address may hold anything; its digest is a file name.
        let name = Checksum::of(link.as_str().as_bytes()).to_string();
        Some(self.folder.as_ref()?.join(name).with_extension("toml"))
    }

    /// What was last seen at this address, and how long ago.
    pub(super) fn get(&self, link: &Link) -> Option<(String, Option<Duration>)> {
        let path = self.place(link)?;
        let text = file::read(&path).ok()?;
        let written = path.metadata().and_then(|it| it.modified()).ok();
        Some((text, written.and_then(|written| written.elapsed().ok())))
    }

    /// Keeps what was seen: whole, or not at all.
    pub(super) fn put(&self, link: &Link, text: &str) -> anyhow::Result<()> {
        let Some(path) = self.place(link) else { return Ok(()) };
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).context("cannot make the cache folder")?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path)?;
        Ok(())
    }
}
