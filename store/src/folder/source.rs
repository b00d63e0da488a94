use std::fs::File;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use super::position;
use crate::blocking::blocking;
use crate::{ByteSource, StoreError};

/// Reads a file that is open, wherever its name has gone meanwhile.
#[derive(Debug)]
pub(super) struct FileSource {
    file: Arc<File>,
}

impl FileSource {
    pub(super) const fn new(file: Arc<File>) -> Self {
        Self { file }
    }
}

#[async_trait]
impl ByteSource for FileSource {
    async fn read_at(&self, offset: u64, most: usize) -> Result<Bytes, StoreError> {
        const OPERATION: &str = "read a blob";
        let file = Arc::clone(&self.file);
        blocking(OPERATION, move || {
            read(&file, offset, most).map_err(|error| StoreError::unavailable(OPERATION, error))
        })
        .await
    }
}

fn read(file: &File, offset: u64, most: usize) -> io::Result<Bytes> {
    // What is there bounds the memory, whatever was asked for.
    let left = file.metadata()?.len().saturating_sub(offset);
    let wanted = usize::try_from(left).map_or(most, |left| left.min(most));
    let mut bytes = BytesMut::zeroed(wanted);
    let filled = position::read(file, &mut bytes, offset)?;
    bytes.truncate(filled);
    Ok(bytes.freeze())
}
