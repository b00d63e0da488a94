use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use depaudit_store::ByteSource;

/// Reads a source from a blocking thread.
pub(crate) struct SourceReader {
    source: Arc<dyn ByteSource>,
    offset: u64,
    size: u64,
    piece: Bytes,
    runtime: tokio::runtime::Handle,
}

impl SourceReader {
    pub(crate) fn new(source: Arc<dyn ByteSource>, size: u64) -> Self {
        let runtime = tokio::runtime::Handle::current();
        Self { source, offset: 0, size, piece: Bytes::new(), runtime }
    }
}

impl Read for SourceReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        const PIECE: usize = 128 * 1024;
        if self.piece.is_empty() && self.offset < self.size {
            let read = self.source.read_at(self.offset, PIECE);
            self.piece = self.runtime.block_on(read).map_err(io::Error::other)?;
            self.offset += self.piece.len() as u64;
        }
        let count = self.piece.len().min(out.len());
        let (head, place) = (self.piece.split_to(count), out.get_mut(..count));
        if let Some(place) = place {
            place.copy_from_slice(&head);
        }
        Ok(count)
    }
}
