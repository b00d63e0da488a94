//! An index entry as clients get it: body, compressed body and ETag, made once.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::{IndexEntry, Validators};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use semver::Version;

use super::index_body::{Line, stored_lines};

/// Below this many bytes, compressing saves less than it costs.
const WORTH_COMPRESSING: usize = 256;

/// A view of a crate's index entry.
///
/// Its ETag is the digest of the body that is served: whatever changes the view changes the ETag,
/// and an upstream that answers "not modified" by mistake cannot pin a client to an old view.
#[derive(Debug)]
pub struct View {
    /// The lines.
    pub body: Bytes,
    /// The same, compressed, where that is worth it.
    pub gzip: Option<Bytes>,
    /// SHA-256 of `body`.
    pub digest: Checksum,
    /// The ETag of `body`.
    pub etag: HeaderValue,
    /// The ETag of `gzip`: other bytes, so another strong validator (RFC 9110, 8.8.3).
    pub gzip_etag: HeaderValue,
    /// What the lines say.
    pub lines: Vec<Line>,
    /// What the upstream calls it.
    pub validators: Validators,
    /// The versions of which the upstream names other bytes now than the pinned ones, which stand
    /// here.
    pub contested: BTreeSet<Version>,
    /// When the upstream last confirmed it, in milliseconds; moved on when it does so again.
    confirmed: AtomicI64,
}

impl View {
    /// Builds the view; compresses, so it takes about a millisecond for 50 KB.
    #[must_use]
    pub fn new(
        body: Bytes,
        lines: Vec<Line>,
        validators: Validators,
        confirmed: Timestamp,
    ) -> Self {
        let digest = Checksum::of(&body);
        let gzip = (body.len() >= WORTH_COMPRESSING).then(|| compress(&body)).flatten();
        Self {
            gzip,
            digest,
            etag: quoted(&digest, ""),
            gzip_etag: quoted(&digest, "-gzip"),
            lines,
            validators,
            contested: BTreeSet::new(),
            confirmed: AtomicI64::new(confirmed.as_millis()),
            body,
        }
    }

    /// Builds the view of a stored entry.
    #[must_use]
    pub fn of_entry(name: &CrateName, entry: IndexEntry) -> Self {
        let lines = stored_lines(name, &entry.body);
        Self::new(entry.body, lines, entry.validators, entry.confirmed)
    }

    /// When the upstream last confirmed it.
    #[must_use]
    pub fn confirmed(&self) -> Timestamp {
        Timestamp::from_millis(self.confirmed.load(Ordering::Relaxed))
    }

    /// The upstream has confirmed it. Taken as it is, also when it is earlier than the last one: after
    /// the clock was set back, the new time is the one that ages are measured by.
    pub fn confirm(&self, when: Timestamp) {
        self.confirmed.store(when.as_millis(), Ordering::Relaxed);
    }

    /// The line of a version.
    #[must_use]
    pub fn line(&self, version: &Version) -> Option<&Line> {
        self.lines.iter().find(|line| line.version == *version)
    }

    /// The memory it takes, about, in bytes.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let lines = self.lines.len() * size_of::<Line>();
        (self.body.len() + self.gzip.as_ref().map_or(0, Bytes::len) + lines + size_of::<Self>())
            as u64
    }
}

fn quoted(digest: &Checksum, suffix: &str) -> HeaderValue {
    // Hexadecimal digits and a fixed suffix: always a legal header value.
    HeaderValue::try_from(format!("\"{digest}{suffix}\""))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

fn compress(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < body.len()).then(|| compressed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_is_the_digest_of_what_is_served() {
        let view = |body: &'static [u8]| {
            View::new(Bytes::from_static(body), Vec::new(), Validators::default(), Timestamp::EPOCH)
        };
        let long: &'static [u8] = &[b'a'; 1_000];
        let one = view(long);
        assert_eq!(one.etag.to_str().unwrap(), format!("\"{}\"", Checksum::of(long)));
        assert_ne!(one.etag, one.gzip_etag);
        assert_ne!(one.etag, view(b"other").etag);
        assert!(one.gzip.unwrap().len() < 1_000);
        assert!(view(b"short").gzip.is_none());
    }

    #[test]
    fn confirmation_follows_a_clock_that_was_set_back() {
        let view = View::new(Bytes::new(), Vec::new(), Validators::default(), Timestamp::EPOCH);
        view.confirm(Timestamp::from_millis(20));
        view.confirm(Timestamp::from_millis(10));
        assert_eq!(view.confirmed(), Timestamp::from_millis(10));
    }
}
