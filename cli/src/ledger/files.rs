use depaudit_ledger::{Bundle, LONGEST_ENTRY, SourceError, TileAt, TileSource, TreeHash};

/// The most that a file of a log can have, in bytes: a bundle of the longest entries.
pub(super) const LARGEST_FILE: usize = 256 * (LONGEST_ENTRY + 2);

/// A log as static files in the layout of C2SP tlog-tiles, wherever they are.
pub(super) trait Files {
    /// The bytes of a file, at most [`LARGEST_FILE`]; `None` where there is none of that name.
    ///
    /// # Errors
    /// When it cannot be read, or is larger.
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError>;

    /// The bytes of a tile or bundle: of the partial one, or of the full one that has taken its
    /// place.
    fn partial_or_full(
        &self,
        at: TileAt,
        path: fn(TileAt) -> String,
    ) -> Result<(TileAt, Vec<u8>), SourceError> {
        for at in [at, TileAt::full(at.level, at.index)] {
            if let Some(bytes) = self.file(&path(at))? {
                return Ok((at, bytes));
            }
        }
        Err(SourceError::Missing(path(at)))
    }
}

/// What the two kinds of files have in common as a source of tiles.
macro_rules! tiles_of_files {
    ($source:ty) => {
        impl TileSource for $source {
            fn tile(&self, at: TileAt) -> Result<Vec<TreeHash>, SourceError> {
                tile(self, at)
            }

            fn entries(&self, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError> {
                entries(self, at)
            }
        }
    };
}

tiles_of_files!(super::FolderTiles);
tiles_of_files!(super::ServerTiles);

fn tile(files: &impl Files, at: TileAt) -> Result<Vec<TreeHash>, SourceError> {
    let (found, bytes) = files.partial_or_full(at, |at| at.to_string())?;
    let mut hashes = SourceError::hashes(found, &bytes)?;
    hashes.truncate(usize::from(at.width));
    Ok(hashes)
}

fn entries(files: &impl Files, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError> {
    let (_, bytes) = files.partial_or_full(at, TileAt::entries_path)?;
    let entries = Bundle::entries(&bytes);
    let entries = entries.map_err(|_| SourceError::Malformed(at.entries_path()))?;
    Ok(entries.into_iter().take(usize::from(at.width)).map(<[u8]>::to_vec).collect())
}
