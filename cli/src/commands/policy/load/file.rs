use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, ensure};
use depaudit_policy::PolicyFile;

/// Reads a repository's own policy; `None` when it has none. Like every file of a repository, it is
/// not read through a link that leads out of it.
pub(super) fn read_own(folder: &Path, path: &Path) -> anyhow::Result<Option<String>> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| unreadable(path)),
        Ok(_) => {}
    }
    let real = path.canonicalize().with_context(|| unreadable(path))?;
    let root = folder.canonicalize().with_context(|| unreadable(path))?;
    ensure!(real.starts_with(root), "{}: it is a link that leads out", unreadable(path));
    read(path).map(Some)
}

/// Reads a policy file of at most [`PolicyFile::LARGEST`] bytes.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let metadata = path.metadata().with_context(|| unreadable(path))?;
    // Asked before opening: opening a FIFO waits for a writer.
    ensure!(metadata.is_file(), "{}: it is not a regular file", unreadable(path));
    let file = File::open(path).with_context(|| unreadable(path))?;
    let limit = u64::try_from(PolicyFile::LARGEST)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).with_context(|| unreadable(path))?;
    ensure!(
        bytes.len() <= PolicyFile::LARGEST,
        "{}: it has more than {limit} bytes",
        unreadable(path)
    );
    String::from_utf8(bytes).with_context(|| unreadable(path))
}

fn unreadable(path: &Path) -> String {
    format!("cannot read the policy {}", path.display())
}
