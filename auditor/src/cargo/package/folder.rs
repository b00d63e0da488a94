use std::fs::{self, DirEntry, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use depaudit_model::cargo::{Intake, PackageFiles, PackagePath, PackagedFile, Unread};

use super::ignored::Ignored;
use super::packaging::{Packaging, PackagingError};
use crate::files::{ReadError, RepoPath, read_text};
use crate::limits::{DEEPEST, LARGEST_FILE};

/// The largest file that is read at all, in bytes: Cargo's own bound for a whole unpacked crate.
const LARGEST: u64 = 512 << 20;

/// How many bytes of one folder are read, in all.
const MOST_BYTES: u64 = 2 << 30;

/// Why a folder's package could not be told.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no manifest that can be read.
    #[error("its Cargo.toml cannot be used: {0}")]
    Manifest(String),
    /// The manifest does not say what belongs to the package.
    #[error("its Cargo.toml cannot be used: {0}")]
    Packaging(#[from] PackagingError),
    /// A folder cannot be listed.
    #[error("the folder `{0}` cannot be listed: {1}")]
    Listing(RepoPath, io::ErrorKind),
    /// More than a package has.
    #[error("it is no package: {0}")]
    TooMuch(String),
}

/// Reads the files that Cargo would package of the folder `package` below `root`.
///
/// `root` is the canonical path of a repository, or of whatever else may be read; nothing outside of
/// it is. A link to a file in it is read as that file, as Cargo does; any other link, and what is no
/// file, is listed as not read. Nothing is executed.
///
/// Where the repository has a `.git`, its `.gitignore` files count, and hidden files are taken along;
/// elsewhere hidden files are left out. This is a guess at what the author's machine would do, so it
/// never hides a file that `release` has: that one is compared.
///
/// # Errors
/// When there is no package, it cannot be read, or it is more than any package is.
pub fn package_of_folder(
    root: &Path,
    package: &RepoPath,
    release: &PackageFiles,
) -> Result<(Packaging, PackageFiles), FolderError> {
    let text = manifest_in(root, package).map_err(|why| FolderError::Manifest(why.to_string()))?;
    let above = workspace_of(root, package);
    let packaging = Packaging::read(&text, above.as_ref().map(|(_, text)| text.as_str()))?;
    let mut walk = Walk {
        root,
        package,
        packaging: &packaging,
        release,
        ignored: None,
        files: PackageFiles::default(),
        bytes: 0,
        entries: 0,
    };
    walk.find_repository();
    walk.run()?;
    let workspace = above.as_ref().map(|(folder, _)| folder);
    let brought: Vec<_> = packaging.brought_in().collect();
    for (path, from_workspace) in brought {
        let from = if from_workspace { workspace.unwrap_or(package) } else { package };
        walk.bring_in(from, path)?;
    }
    let files = walk.files;
    Ok((packaging, files))
}

/// The folder of the repository or workspace that the package in `folder` lies in: a README above the
/// package may be read there, and nothing outside of it. The package's own folder where there is
/// neither. `folder` is a canonical path.
#[must_use]
pub fn repository_of(folder: &Path) -> PathBuf {
    let is_repository = |above: &&Path| above.join(".git").symlink_metadata().is_ok();
    let is_workspace = |above: &&Path| {
        let text = read_text(&above.join("Cargo.toml"), LARGEST_FILE);
        text.is_ok_and(|text| has_workspace(&text))
    };
    let above = || folder.ancestors();
    let root = above().find(is_repository).or_else(|| above().find(is_workspace));
    root.unwrap_or(folder).to_owned()
}

/// Whether a manifest may be a workspace's; one that only mentions it has nothing to inherit.
fn has_workspace(manifest: &str) -> bool {
    manifest.contains("[workspace")
}

fn manifest_in(root: &Path, folder: &RepoPath) -> Result<String, ReadError> {
    let path = root.join(folder.child("Cargo.toml").as_str()).canonicalize()?;
    if !path.starts_with(root) {
        return Err(ReadError::Outside);
    }
    read_text(&path, LARGEST_FILE)
}

/// The nearest manifest at or above `folder` that has a `[workspace]`, and its folder.
fn workspace_of(root: &Path, folder: &RepoPath) -> Option<(RepoPath, String)> {
    let mut folder = Some(folder.clone());
    while let Some(here) = folder {
        let text = manifest_in(root, &here).ok();
        if let Some(text) = text.filter(|text| has_workspace(text)) {
            return Some((here, text));
        }
        folder = here.parent();
    }
    None
}

struct Walk<'a> {
    root: &'a Path,
    package: &'a RepoPath,
    packaging: &'a Packaging,
    release: &'a PackageFiles,
    /// What git does not know; absent where there is no repository, or the manifest lists its files.
    ignored: Option<Ignored>,
    files: PackageFiles,
    bytes: u64,
    entries: usize,
}

impl Walk<'_> {
    /// Reads the `.gitignore` files from the top of the repository down to the package.
    fn find_repository(&mut self) {
        if self.packaging.lists_files() {
            return;
        }
        let mut folders = vec![self.package.clone()];
        while let Some(folder) = folders.last() {
            if self.root.join(folder.child(".git").as_str()).symlink_metadata().is_ok() {
                let mut ignored = Ignored::default();
                // The package's own is read when it is entered.
                for above in folders.iter().skip(1).rev() {
                    ignored.read(self.root, above);
                }
                self.ignored = Some(ignored);
                return;
            }
            let Some(parent) = folder.parent() else { return };
            folders.push(parent);
        }
    }

    fn run(&mut self) -> Result<(), FolderError> {
        let mut pending = vec![(self.package.clone(), 0)];
        while let Some((folder, depth)) = pending.pop() {
            if depth > DEEPEST {
                return Err(FolderError::TooMuch(format!(
                    "it is more than {DEEPEST} folders deep"
                )));
            }
            if let Some(ignored) = &mut self.ignored {
                ignored.read(self.root, &folder);
            }
            let unlisted = |error: io::Error| FolderError::Listing(folder.clone(), error.kind());
            let listing = fs::read_dir(self.root.join(folder.as_str())).map_err(unlisted)?;
            let mut below = Vec::new();
            for entry in listing {
                self.entries += 1;
                if self.entries > PackageFiles::MOST_FILES {
                    let most = PackageFiles::MOST_FILES;
                    let why = format!("it has more than {most} files and folders");
                    return Err(FolderError::TooMuch(why));
                }
                let entry = entry.map_err(unlisted)?;
                let kind = entry.file_type().map_err(unlisted)?;
                below.push((folder.child(&name(&entry)), kind));
            }
            // What is held of many texts must not depend on the file system's order.
            below.sort_by(|a, b| a.0.cmp(&b.0));
            for (path, kind) in below {
                if kind.is_dir() {
                    if self.enters(&path) {
                        pending.push((path, depth + 1));
                    }
                } else if self.takes(&path) {
                    self.file(&path, kind)?;
                }
            }
        }
        Ok(())
    }

    /// The path below the package.
    fn below<'p>(&self, path: &'p RepoPath) -> &'p str {
        let rest = path.as_str().get(self.package.as_str().len()..);
        rest.unwrap_or_default().trim_start_matches('/')
    }

    /// Whether the release has it, although a hidden name or a `.gitignore` would leave it out.
    fn is_left_out(&self, path: &RepoPath, is_folder: bool) -> bool {
        let left_out = match &self.ignored {
            Some(ignored) => ignored.hides(path, is_folder),
            // A list of files decides about hidden ones, too.
            None => !self.packaging.lists_files() && path.name().starts_with('.'),
        };
        let below = self.below(path);
        let has = if is_folder {
            self.release.has_below(below)
        } else {
            self.release.get(below).is_some()
        };
        left_out && !has
    }

    fn enters(&self, folder: &RepoPath) -> bool {
        let below = self.below(folder);
        let is_package =
            || self.root.join(folder.child("Cargo.toml").as_str()).symlink_metadata().is_ok();
        below != "target"
            && folder.name() != ".git"
            && !self.is_left_out(folder, true)
            && (self.ignored.is_some() || self.packaging.enters(below))
            && !is_package()
    }

    fn takes(&self, path: &RepoPath) -> bool {
        !self.is_left_out(path, false) && self.packaging.takes(self.below(path))
    }

    fn file(&mut self, path: &RepoPath, kind: FileType) -> Result<(), FolderError> {
        let on_disk = self.root.join(path.as_str());
        let file = if kind.is_symlink() {
            match on_disk.canonicalize() {
                Ok(real) if real.starts_with(self.root) && real.is_file() => self.read(&real)?,
                _ => PackagedFile::unread(Unread::Link),
            }
        } else {
            self.read(&on_disk)?
        };
        self.insert(self.below(path), file);
        Ok(())
    }

    /// A README or licence from elsewhere comes to lie at the top.
    fn bring_in(&mut self, from: &RepoPath, path: &str) -> Result<(), FolderError> {
        let Ok(target) = from.join(path) else {
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
            self.insert(name, PackagedFile::unread(Unread::Outside));
            return Ok(());
        };
        if target.is_within(self.package) && self.files.get(self.below(&target)).is_some() {
            return Ok(());
        }
        let inside = target.is_within(self.package);
        let place = if inside { self.below(&target) } else { target.name() }.to_owned();
        let file = match self.root.join(target.as_str()).canonicalize() {
            Ok(real) if real.starts_with(self.root) => self.read(&real)?,
            Ok(_) => PackagedFile::unread(Unread::Outside),
            // Cargo packages without it, and only warns.
            Err(_) => return Ok(()),
        };
        self.insert(&place, file);
        Ok(())
    }

    /// A name that no crate file can have is one that no release has.
    fn insert(&mut self, path: &str, file: PackagedFile) {
        if let Ok(path) = path.parse::<PackagePath>() {
            self.files.insert(path, file);
        }
    }

    fn read(&mut self, path: &Path) -> Result<PackagedFile, FolderError> {
        match take_in(path) {
            Ok(file) => {
                self.bytes = self.bytes.saturating_add(file.size);
                if self.bytes > MOST_BYTES {
                    let why = format!("it has more than {} GiB", MOST_BYTES >> 30);
                    return Err(FolderError::TooMuch(why));
                }
                Ok(file)
            }
            Err(_) => Ok(PackagedFile::unread(Unread::Denied)),
        }
    }
}

fn name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

fn take_in(path: &Path) -> io::Result<PackagedFile> {
    // Asked before opening: opening a FIFO already waits for a writer.
    let about = path.symlink_metadata()?;
    if !about.is_file() {
        return Ok(PackagedFile::unread(Unread::Special));
    }
    if about.len() > LARGEST {
        return Ok(PackagedFile::unread(Unread::TooLarge));
    }
    let mut file = File::open(path)?.take(LARGEST);
    let mut intake = Intake::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(intake.finish()),
            count => intake.push(buffer.get(..count).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests;
