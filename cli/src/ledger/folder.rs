use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use depaudit_ledger::SourceError;

use super::files::{Files, LARGEST_FILE};

/// The tiles of a log that was exported to a folder, in the layout of C2SP tlog-tiles.
#[derive(Debug)]
pub struct FolderTiles(pub PathBuf);

impl Files for FolderTiles {
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
