use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::ArchiveLimits;

/// Decompresses, and stops when more comes out than the limits allow.
///
/// Only the first member of the gzip stream is read, as Cargo does.
#[derive(Debug)]
pub(super) struct BoundedGzip<R: Read> {
    gzip: GzDecoder<Counted<R>>,
    limits: ArchiveLimits,
    unpacked: u64,
    exceeded: bool,
}

impl<R: Read> BoundedGzip<R> {
    pub(super) fn new(compressed: R, limits: &ArchiveLimits) -> Self {
        let counted = Counted { inner: compressed, count: 0, error: None };
        Self { gzip: GzDecoder::new(counted), limits: *limits, unpacked: 0, exceeded: false }
    }

    /// Whether reading stopped at the limit.
    pub(super) const fn exceeded(&self) -> bool {
        self.exceeded
    }

    /// What the compressed side failed with, if it did.
    pub(super) fn source_error(&mut self) -> Option<io::Error> {
        self.gzip.get_mut().error.take()
    }

    /// The bound for the compressed bytes taken so far. It grows while they arrive; the final size is
    /// not known before the end and the fixed part covers the start of every honest archive.
    fn allowed(&self) -> u64 {
        let by_ratio = self.gzip.get_ref().count.saturating_mul(self.limits.ratio);
        self.limits.unpacked.max(by_ratio)
    }
}

impl<R: Read> Read for BoundedGzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.exceeded {
            return Err(io::Error::other("the archive unpacks to too much"));
        }
        let read = self.gzip.read(buffer)?;
        self.unpacked = self.unpacked.saturating_add(read as u64);
        self.exceeded = self.unpacked > self.allowed();
        if self.exceeded {
            return Err(io::Error::other("the archive unpacks to too much"));
        }
        Ok(read)
    }
}

/// Counts compressed bytes and keeps apart a source that fails from an archive that is broken.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    count: u64,
    error: Option<io::Error>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                self.count = self.count.saturating_add(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                Err(kind.into())
            }
        }
    }
}
