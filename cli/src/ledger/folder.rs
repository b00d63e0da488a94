use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use depaudit_ledger::{Bundle, LONGEST_ENTRY, SourceError, TileAt, TileSource, TreeHash};

/// The most that a file of a log can have, in bytes: a bundle of the longest entries.
pub const LARGEST_FILE: u64 = 256 * (LONGEST_ENTRY as u64 + 2);

/// The tiles of a log that was exported to a folder, in the layout of C2SP tlog-tiles.
#[derive(Debug)]
pub struct FolderTiles(pub PathBuf);

impl FolderTiles {
    /// The bytes of a file: of the partial one, or of the full one that has taken its place.
    fn read(
        &self,
        at: TileAt,
        path: fn(TileAt) -> String,
    ) -> Result<(TileAt, Vec<u8>), SourceError> {
        let full = TileAt::full(at.level, at.index);
        for at in [at, full] {
            if let Some(bytes) = self.file(&path(at))? {
                return Ok((at, bytes));
            }
        }
        Err(SourceError::Missing(path(at)))
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let unreadable = |cause: std::io::Error| SourceError::Unreadable {
            what: name.to_owned(),
            cause: Box::new(cause),
        };
        let file = match File::open(self.0.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(SourceError::Malformed(name.to_owned()));
        }
        Ok(Some(bytes))
    }
}

impl TileSource for FolderTiles {
    fn tile(&self, at: TileAt) -> Result<Vec<TreeHash>, SourceError> {
        let (found, bytes) = self.read(at, |at| at.to_string())?;
        let mut hashes = SourceError::hashes(found, &bytes)?;
        hashes.truncate(usize::from(at.width));
        Ok(hashes)
    }

    fn entries(&self, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError> {
        let (_, bytes) = self.read(at, TileAt::entries_path)?;
        bundle(at, &bytes)
    }
}

/// The entries of a bundle, as many as `at` asks for.
pub(super) fn bundle(at: TileAt, bytes: &[u8]) -> Result<Vec<Vec<u8>>, SourceError> {
    let entries = Bundle::entries(bytes);
    let entries = entries.map_err(|_| SourceError::Malformed(at.entries_path()))?;
    Ok(entries.into_iter().take(usize::from(at.width)).map(<[u8]>::to_vec).collect())
}
