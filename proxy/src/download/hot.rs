use bytes::Bytes;
use depaudit_model::Checksum;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Small crates in memory, verified when they were put there; bounded by bytes.
#[derive(Debug)]
pub(super) struct Hot {
    cache: Cache<Checksum, Bytes, ByBytes>,
    largest: u64,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Checksum, Bytes> for ByBytes {
    fn weight(&self, _: &Checksum, bytes: &Bytes) -> u64 {
        (bytes.len() + 128) as u64
    }
}

impl Hot {
    /// `bytes` in all; one crate may take an eighth of it, and a megabyte at the most.
    pub(super) fn new(bytes: u64) -> Self {
        const LARGEST: u64 = 1 << 20;
        const TYPICAL: u64 = 50_000;
        let expected = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX).clamp(16, 100_000);
        let cache = Cache::with_weighter(expected, bytes, ByBytes);
        Self { cache, largest: LARGEST.min(bytes / 8) }
    }

    pub(super) const fn takes(&self, size: u64) -> bool {
        size <= self.largest
    }

    pub(super) fn get(&self, digest: &Checksum) -> Option<Bytes> {
        self.cache.get(digest)
    }

    pub(super) fn put(&self, digest: Checksum, bytes: Bytes) {
        self.cache.insert(digest, bytes);
    }

    pub(super) fn remove(&self, digest: &Checksum) {
        self.cache.remove(digest);
    }
}
