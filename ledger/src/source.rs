use crate::{TileAt, TreeHash};

/// Where the tiles and entries of a log come from: a folder, a server, a database. Nothing that it
/// gives is believed.
pub trait TileSource {
    /// The hashes of a tile.
    ///
    /// # Errors
    /// When it cannot be read, or has another width than `at` asks for.
    fn tile(&self, at: TileAt) -> Result<Vec<TreeHash>, SourceError>;

    /// The entries of a bundle: as many as `at.width`, or fewer where some are missing.
    ///
    /// # Errors
    /// When they cannot be read.
    fn entries(&self, at: TileAt) -> Result<Vec<Vec<u8>>, SourceError>;

    /// How many entries there are, where the source can tell.
    ///
    /// # Errors
    /// When that cannot be read.
    fn length(&self) -> Result<Option<u64>, SourceError> {
        Ok(None)
    }
}

/// Why a source gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// It is there, and is no tile or bundle of the width that it must have.
    #[error("{0} is malformed")]
    Malformed(String),
    /// The source itself failed: says nothing about the log.
    #[error("{what} cannot be read")]
    Unreadable {
        /// Which tile or bundle.
        what: String,
        /// Why.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SourceError {
    /// Splits the bytes of a tile into hashes.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] when they are not as many as `at` says.
    pub fn hashes(at: TileAt, bytes: &[u8]) -> Result<Vec<TreeHash>, Self> {
        let (hashes, rest) = bytes.as_chunks::<{ TreeHash::LEN }>();
        if !rest.is_empty() || hashes.len() != usize::from(at.width) {
            return Err(Self::Malformed(at.to_string()));
        }
        Ok(hashes.iter().copied().map(TreeHash::from_bytes).collect())
    }
}
