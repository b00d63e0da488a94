use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use depaudit_ledger::SealKey;
use depaudit_store::Seals;

use super::KeyPlace;

/// The seal keys that follow from the ledger's key, wherever that is; also from one that comes later, or
/// takes the place of another.
#[derive(Debug)]
pub(crate) struct KeySeals {
    place: KeyPlace,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    file: Option<Stamp>,
    keys: Arc<[SealKey]>,
}

/// A file that was replaced or written to has another one.
type Stamp = (u64, u64, u64, i64, i64);

impl KeySeals {
    /// Of a key that is there, or will be.
    pub(crate) fn new(place: KeyPlace) -> Self {
        Self { place, seen: Mutex::default() }
    }
}

impl Seals for KeySeals {
    /// Looks at the file's name each time, and reads the file when it is another one. What cannot be read
    /// changes nothing.
    fn keys(&self) -> Arc<[SealKey]> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match &self.place {
            KeyPlace::File(path) => stamp(path),
            KeyPlace::Variable => Some(Stamp::default()),
        };
        if now.is_some()
            && seen.file != now
            && let Ok(Some(file)) = self.place.read()
        {
            let key = file.current.seal_key();
            if seen.keys.first() != Some(&key) {
                // The one before has sealed what this process wrote so far.
                seen.keys = std::iter::once(key).chain(seen.keys.iter().cloned()).collect();
            }
            seen.file = now;
        }
        Arc::clone(&seen.keys)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let of = |it: Metadata| (it.dev(), it.ino(), it.len(), it.mtime(), it.mtime_nsec());
    path.metadata().ok().map(of)
}
