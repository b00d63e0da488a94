//! Folders and files that nobody but their owner can read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and what is missing above it. One that is there already keeps its mode: the
/// operator chose it.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates an empty file; one that is there already is not touched, not even opened.
pub(crate) fn create_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}

/// Makes the names in a folder durable: without this, a power cut can take a file away whose
/// content was synced.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows has no such call and needs none.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Waits until nobody else has this folder locked, and locks it until the handle is dropped.
pub(crate) fn lock_folder(path: &Path) -> io::Result<Option<File>> {
    // Windows opens no folders; there is one process at a time there, or a start that has to be
    // repeated.
    if !cfg!(unix) {
        return Ok(None);
    }
    let folder = File::open(path)?;
    folder.lock()?;
    Ok(Some(folder))
}
