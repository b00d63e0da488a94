//! Workspaces made of real files: those of a corpus, which this repository may not hold.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::files::paths_below;

/// How many files a workspace gets of its repository.
const FILES: usize = 60;

/// Real repositories, each a folder.
pub(super) struct Corpus {
    repositories: Vec<Repository>,
}

struct Repository {
    folder: PathBuf,
    /// Below the folder, those that lie highest first. Their texts are read when they are needed:
    /// the kernel counts this process's memory as that of each program that it starts.
    files: Vec<PathBuf>,
}

impl Corpus {
    /// The repositories that are the folders in `folder`.
    ///
    /// # Errors
    /// When there is none, or one cannot be listed.
    pub(super) fn find(folder: &Path) -> anyhow::Result<Self> {
        let entries = folder.read_dir();
        let entries = entries.with_context(|| format!("cannot list {}", folder.display()))?;
        let mut repositories = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            if !folder.is_dir() {
                continue;
            }
            let mut files = Vec::new();
            for path in paths_below(&folder)? {
                files.push(path.strip_prefix(&folder)?.to_owned());
            }
            if files.iter().any(|file| file == Path::new("Cargo.toml")) {
                repositories.push(Repository { folder, files });
            }
        }
        repositories.sort_by(|a, b| a.folder.cmp(&b.folder));
        let why = "no folder with a Cargo.toml lies in it; unpack the corpus first";
        anyhow::ensure!(!repositories.is_empty(), "{}: {why}", folder.display());
        Ok(Self { repositories })
    }

    /// Writes the workspace with this number into `folder`. Each file begins with a comment that no
    /// other workspace has: whoever would remember a text's digest finds it nowhere again.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(super) fn write(&self, folder: &Path, number: usize) -> anyhow::Result<()> {
        let repository = self.repositories.get(number % self.repositories.len());
        let repository = repository.context("the corpus is empty")?;
        for file in repository.files.iter().take(FILES) {
            let text = std::fs::read(repository.folder.join(file))?;
            let to = folder.join(file);
            std::fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
            let mut written = std::fs::File::create(&to)?;
            writeln!(written, "# workspace {number}")?;
            written.write_all(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text))?;
        }
        Ok(())
    }
}
