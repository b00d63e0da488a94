use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file could not be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// A FIFO, a device, a folder: reading one may block for ever or never end.
    #[error("it is not a regular file")]
    NotRegular,
    /// A link on the way leads out of the root.
    #[error("it leads out of the scanned folder")]
    Outside,
    /// More than the bound, in bytes.
    #[error("it has more than {0} bytes, which no real file of its kind has")]
    TooLarge(u64),
    /// Not UTF-8 from this byte on.
    #[error("it is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The file system says no.
    #[error("it cannot be read: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// Reads a whole text file of at most `limit` bytes. The caller has made sure that `path` leads
/// through no link that it does not trust.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    // Asked before opening: opening a FIFO already waits for a writer.
    if !path.symlink_metadata()?.is_file() {
        return Err(ReadError::NotRegular);
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(ReadError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // The file may grow while it is read.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge(limit));
    }
    String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8(error.utf8_error().valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_39_a_file_beyond_the_bound_is_not_taken_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.lock");
        // Sparse: no byte of it is stored, or read.
        File::create(&path).unwrap().set_len(200 << 20).unwrap();
        assert!(matches!(read_text(&path, 1 << 20), Err(ReadError::TooLarge(_))));
    }

    #[test]
    fn bad_input_42_a_link_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "text").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(read_text(&real, 4).unwrap(), "text");
        assert!(matches!(read_text(&link, 4), Err(ReadError::NotRegular)));
    }

    #[test]
    fn what_is_not_utf_8_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.toml");
        std::fs::write(&path, b"a = \"\xff\"").unwrap();
        assert!(matches!(read_text(&path, 100), Err(ReadError::NotUtf8(5))));
    }
}
