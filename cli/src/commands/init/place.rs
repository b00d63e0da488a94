use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::commands::whole_file::{WholeFile, look};

/// The largest configuration that is edited, in bytes.
const LARGEST: u64 = 1 << 20;

/// The Cargo configuration of a repository, there or not.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it really is, behind links inside the repository.
    path: PathBuf,
    /// As the user knows it.
    shown: PathBuf,
    /// What was read; `None` when there is no file.
    text: Option<String>,
    shadows_another: bool,
}

impl Place {
    /// Finds the file that Cargo reads in `repository`, and reads it. Touches nothing.
    ///
    /// # Errors
    /// When the repository is no folder, or the file cannot be read or lies outside.
    pub(super) fn find(repository: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot use the folder {}", repository.display());
        let root = fs::canonicalize(repository).with_context(cannot)?;
        if !root.is_dir() {
            bail!("{} is no folder", repository.display());
        }
        let folder = repository.join(".cargo");
        // Cargo takes the name without an ending first, for the sake of old repositories.
        let old_name = folder.join("config");
        let new_name = folder.join("config.toml");
        let there = |path: &Path| Ok::<_, anyhow::Error>(look(path)?.is_some());
        let shadows_another = there(&old_name)? && there(&new_name)?;
        let shown = if there(&old_name)? { old_name } else { new_name };
        let path = match look(&folder)? {
            // A folder to be made stands where it is named: nothing there can lead elsewhere.
            None => root.join(".cargo").join("config.toml"),
            Some(_) => resolve(&root, &folder, &shown)?,
        };
        let text = file(&path, &shown).read()?;
        let shown = shown.strip_prefix("./").map(Path::to_owned).unwrap_or(shown);
        Ok(Self { path, shown, text, shadows_another })
    }

    /// The path to show.
    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// The text; empty when there is no file.
    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether both names are there, of which Cargo reads one.
    pub(super) const fn shadows_another(&self) -> bool {
        self.shadows_another
    }

    /// Puts `text` in the file's place: all of it or nothing, with the mode that the file had.
    ///
    /// # Errors
    /// When the file was changed since it was read, or cannot be written.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let folder = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot write {}", self.shown.display()))?;
        file(&self.path, &self.shown).replace(self.text.as_deref(), text)
    }
}

fn file<'p>(path: &'p Path, shown: &'p Path) -> WholeFile<'p> {
    WholeFile { path, shown, largest: LARGEST }
}

/// Where `shown` really is. Links inside the repository are fine, and one that leads out of it is
/// not: a repository of somebody else must not decide which files of this machine are changed.
fn resolve(root: &Path, folder: &Path, shown: &Path) -> anyhow::Result<PathBuf> {
    let inside = |path: &Path, named: &Path| {
        if path.starts_with(root) {
            return Ok(path.to_owned());
        }
        bail!("{} is a link out of the repository: nothing was changed", named.display())
    };
    let real = |path: &Path| {
        fs::canonicalize(path).with_context(|| format!("cannot follow {}", path.display()))
    };
    let real_folder = inside(&real(folder)?, folder)?;
    if !real_folder.is_dir() {
        bail!("{} is no folder", folder.display());
    }
    match look(shown)? {
        None => Ok(real_folder.join("config.toml")),
        Some(_) => inside(&real(shown)?, shown),
    }
}
