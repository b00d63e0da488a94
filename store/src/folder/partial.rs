use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use depaudit_model::Checksum;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::places::Places;
use super::{found, position};
use crate::StoreError;
use crate::private::sync_folder;

/// A blob without a name yet, hashed as it grows. Dropped, its file is gone.
#[derive(Debug)]
pub(super) struct Partial {
    /// Locked until it is published or dropped: that is how a sweep by another process knows that
    /// somebody is still at work here.
    file: Arc<File>,
    path: TempPath,
    hasher: Sha256,
    length: u64,
}

impl Partial {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let (file, path) = tempfile::Builder::new()
                .prefix("")
                .rand_bytes(16)
                .tempfile_in(folder)?
                .into_parts();
            file.lock()?;
            // A sweep may have come between the file's creation and its lock, and taken it.
            if path.exists() {
                let file = Arc::new(file);
                return Ok(Self { file, path, hasher: Sha256::new(), length: 0 });
            }
        }
    }

    pub(super) const fn file(&self) -> &Arc<File> {
        &self.file
    }

    pub(super) fn append(&mut self, chunk: &[u8]) -> io::Result<()> {
        position::write(&self.file, chunk, self.length)?;
        self.hasher.update(chunk);
        self.length += chunk.len() as u64;
        Ok(())
    }

    /// Gives the blob its name. The order makes it appear whole or not at all, whenever the power
    /// fails: first the digest is compared, then the bytes are made durable, then they get their
    /// name, then the name is made durable.
    pub(super) fn publish(self, places: &Places, expected: &Checksum) -> Result<(), StoreError> {
        let actual = Checksum::from_bytes(self.hasher.finalize().into());
        if actual != *expected {
            return Err(StoreError::WrongDigest { expected: *expected, actual });
        }
        let name = || -> io::Result<()> {
            self.file.sync_all()?;
            let shelf = places.make_shelf(expected)?;
            match self.path.persist_noclobber(places.blob(expected)) {
                Ok(()) => {}
                // Somebody was faster, with the same bytes. Readers may have that file open.
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(failed) => return Err(failed.error),
            }
            sync_folder(&shelf)?;
            // Readers may keep the handle for long; nobody writes through it any more.
            self.file.unlock()
        };
        name().map_err(|error| StoreError::unavailable("publish a blob", error))
    }
}

/// Removes what nobody writes any more: a process that ends, however it ends, loses its locks.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Only files are made here. Opening what another hand has put here could wait for ever.
        if !entry.file_type()?.is_file() {
            continue;
        }
        let Some(file) = found(File::open(&path))? else { continue };
        match file.try_lock() {
            Ok(()) => {
                found(fs::remove_file(&path))?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_what_a_crash_left_and_spares_what_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let crashed = folder.path().join("left-by-a-crash");
        fs::write(&crashed, "half a crate").unwrap();
        let mut alive = Partial::create(folder.path()).unwrap();
        alive.append(b"a").unwrap();

        sweep(folder.path()).unwrap();

        assert!(!crashed.exists());
        assert!(alive.path.exists());
        let places = Places::create(folder.path()).unwrap();
        alive.publish(&places, &Checksum::of(b"a")).unwrap();
        assert_eq!(fs::read(places.blob(&Checksum::of(b"a"))).unwrap(), b"a");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let places = Places::create(&root.path().join("data")).unwrap();
        let mut partial = Partial::create(places.partial()).unwrap();
        partial.append(b"a").unwrap();
        partial.publish(&places, &Checksum::of(b"a")).unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let blob = places.blob(&Checksum::of(b"a"));
        assert_eq!(mode(&blob), 0o600);
        assert_eq!(mode(blob.parent().unwrap()), 0o700);
        assert_eq!(mode(&root.path().join("data")), 0o700);
    }
}
