use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// The files that the checks read: those that git tracks.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Vec<SourceFile>,
}

/// One file, read whole.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Path from the top of the tree, with slashes.
    pub(crate) path: String,
    /// Bytes that are no UTF-8 are replaced: a needle in ASCII is still found.
    pub(crate) text: String,
}

impl Tree {
    /// Reads the tree at `root`: what git tracks, or every file where there is no repository (an
    /// unpacked archive).
    ///
    /// # Errors
    /// When a file cannot be read. One that is tracked and already deleted is passed over.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut paths = if root.join(".git").exists() { tracked(root)? } else { on_disk(root)? };
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let whole = root.join(&path);
            // A link's target is somebody else's file, or is listed itself.
            if whole.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                let bytes = std::fs::read(&whole).with_context(|| format!("cannot read {path}"))?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                files.push(SourceFile { path, text });
            }
        }
        Ok(Self { files })
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    pub(crate) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl SourceFile {
    /// The folder at the top of the tree that holds it; empty for a file at the top.
    pub(crate) fn room(&self) -> &str {
        self.path.split_once('/').map_or("", |(folder, _)| folder)
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// The part of the path after the last slash.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The line, counted from 1, of the byte at `offset`.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}

fn tracked(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run git; install it, or unpack the sources without their .git folder")?;
    anyhow::ensure!(
        output.status.success(),
        "git ls-files failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let listed = String::from_utf8(output.stdout).context("a tracked file's name is not UTF-8")?;
    Ok(listed.split_terminator('\0').map(str::to_owned).collect())
}

fn on_disk(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let here = root.join(&folder);
        let entries = here.read_dir().with_context(|| format!("cannot list {}", here.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                // Cargo marks what it builds into; nothing there is ours.
                if !root.join(&path).join("CACHEDIR.TAG").exists() {
                    folders.push(path);
                }
            } else if kind.is_file() {
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                found.push(parts.join("/"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
impl Tree {
    /// A tree that lives in a test alone.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self { files: files.iter().map(file).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str) {
        let whole = root.join(path);
        std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
        std::fs::write(whole, path).unwrap();
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn without_git_every_file_counts_but_what_cargo_built() {
        let root = tempfile::tempdir().unwrap();
        for path in ["Cargo.toml", "model/src/lib.rs", "target/CACHEDIR.TAG", "target/debug/x.rs"] {
            write(root.path(), path);
        }
        let tree = Tree::read(root.path()).unwrap();
        assert_eq!(paths(&tree), ["Cargo.toml", "model/src/lib.rs"]);
    }

    #[test]
    fn with_git_only_what_is_tracked_and_still_there_counts() {
        let root = tempfile::tempdir().unwrap();
        for path in ["kept.rs", "deleted.rs", "untracked.rs"] {
            write(root.path(), path);
        }
        for arguments in [&["init", "-q"][..], &["add", "kept.rs", "deleted.rs"]] {
            let mut git = Command::new("git");
            let status = git.current_dir(root.path()).args(arguments).status().unwrap();
            assert!(status.success());
        }
        std::fs::remove_file(root.path().join("deleted.rs")).unwrap();
        let tree = Tree::read(root.path()).unwrap();
        assert_eq!(paths(&tree), ["kept.rs"]);
        assert_eq!(tree.file("kept.rs").unwrap().text, "kept.rs");
    }

    #[test]
    fn lines_are_counted_from_one() {
        let tree = Tree::of(&[("a", "x\ny\nz")]);
        let file = tree.file("a").unwrap();
        assert_eq!([file.line_at(0), file.line_at(2), file.line_at(4)], [1, 2, 3]);
    }
}
