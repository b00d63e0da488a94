use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use depaudit_model::Checksum;

use super::found;
use crate::private::{create_folder, sync_folder};

/// Where things lie. A path is made from a digest alone, so no text from outside can lead astray.
#[derive(Debug)]
pub(super) struct Places {
    blobs: PathBuf,
    partial: PathBuf,
}

impl Places {
    /// Makes the folders that are missing.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        let places = Self { blobs: root.join("sha256"), partial: root.join("partial") };
        create_folder(&places.blobs)?;
        create_folder(&places.partial)?;
        sync_folder(root)?;
        Ok(places)
    }

    /// Where unfinished blobs are.
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Where the blob of this digest is, or would be.
    pub(super) fn blob(&self, digest: &Checksum) -> PathBuf {
        self.shelf(digest).join(digest.to_string())
    }

    /// Makes the shelf for this digest durable, so that a blob can be put there.
    pub(super) fn make_shelf(&self, digest: &Checksum) -> io::Result<PathBuf> {
        let shelf = self.shelf(digest);
        if !shelf.is_dir() {
            create_folder(&shelf)?;
            sync_folder(&self.blobs)?;
        }
        Ok(shelf)
    }

    /// Every blob and its size. What another hand has put there under another kind of name is no
    /// blob and is passed over.
    pub(super) fn list(&self) -> io::Result<Vec<(Checksum, u64)>> {
        let mut blobs = Vec::new();
        for shelf in fs::read_dir(&self.blobs)? {
            let shelf = shelf?;
            if !shelf.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(shelf.path())? {
                let entry = entry?;
                let Some(digest) = entry.file_name().to_str().and_then(|name| name.parse().ok())
                else {
                    continue;
                };
                if entry.path() != self.blob(&digest) {
                    continue;
                }
                // A blob may be removed while the listing goes on.
                if let Some(metadata) = found(entry.metadata())? {
                    blobs.push((digest, metadata.len()));
                }
            }
        }
        Ok(blobs)
    }

    /// A folder for each first byte of a digest keeps the folders small.
    fn shelf(&self, digest: &Checksum) -> PathBuf {
        let [first, ..] = digest.as_bytes();
        self.blobs.join(format!("{first:02x}"))
    }
}
