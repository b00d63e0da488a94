use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use depaudit_ledger::SourceError;

use super::files::{Files, LARGEST_FILE};

/// The tiles of a log that was exported to a folder, in the layout of C2SP tlog-tiles. The folder is a
/// stranger's: only regular files are opened, and none that stands elsewhere.
#[derive(Debug)]
pub struct FolderTiles(PathBuf);

/// Why a file of the folder is not read.
#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error("it is no regular file")]
    NotRegular,
    #[error("it leads out of the folder")]
    Outside,
    #[error("it has more than {LARGEST_FILE} bytes, which no file of a log has")]
    TooLarge,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl FolderTiles {
    /// # Errors
    /// When there is no such folder.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let real = folder.canonicalize();
        real.map(Self).with_context(|| format!("cannot read {}", folder.display()))
    }

    /// A small text of the log; `None` where there is none.
    ///
    /// # Errors
    /// When it is no regular file of the folder, too large, or no text.
    pub fn text(&self, name: &str) -> anyhow::Result<Option<String>> {
        let cannot = || format!("cannot read {name} in {}", self.0.display());
        let bytes = self.read(name).with_context(cannot)?;
        bytes.map(String::from_utf8).transpose().ok().with_context(|| format!("{name} is no text"))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let path = match self.0.join(name).canonicalize() {
            Ok(path) => path,
            // Also where a folder on the way is none.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        if !path.starts_with(&self.0) {
            return Err(FolderError::Outside);
        }
        // Asked before opening: opening a pipe already waits for a writer.
        let about = path.symlink_metadata()?;
        if !about.is_file() {
            return Err(FolderError::NotRegular);
        }
        if about.len() > LARGEST_FILE as u64 {
            return Err(FolderError::TooLarge);
        }
        let mut bytes = Vec::new();
        // It may grow while it is read.
        File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > LARGEST_FILE {
            return Err(FolderError::TooLarge);
        }
        Ok(Some(bytes))
    }
}

impl Files for FolderTiles {
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.read(name).map_err(|cause| SourceError::Unreadable {
            what: name.to_owned(),
            cause: Box::new(cause),
        })
    }
}
