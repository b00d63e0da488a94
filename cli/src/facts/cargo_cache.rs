//! What Cargo remembers of the default registry's index.
//!
//! Only of the index itself, under both of its addresses: what Cargo remembers of a mirror that
//! stands in for it is what the mirror says, and a mirror that has stopped would make everything
//! look current.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use depaudit_auditor::{Facts, PublishedRelease};
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, Timestamp};
use tame_index::index::cache::ValidCacheEntry;
use tame_index::index::{IndexCache, sparse};
use tame_index::utils::{cargo_home, get_index_details, split};
use tame_index::{KrateName, PathBuf};

use super::{crates, line};

/// The largest entry that is read, in bytes. The largest of crates.io have some 5 MB.
const LARGEST_ENTRY: u64 = 64 << 20;

/// Cargo's index cache.
pub struct CargoCache {
    folders: Vec<IndexCache>,
    seen: Mutex<Seen>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Seen {
    known: HashMap<CrateName, Option<Arc<[PublishedRelease]>>>,
    /// When Cargo last changed one of the entries.
    newest: Option<SystemTime>,
}

impl CargoCache {
    /// Looks below `CARGO_HOME`. `None` where Cargo has never seen the index.
    pub fn find() -> Option<Self> {
        let home = cargo_home().ok()?;
        // Cargo 1.85 changed how it names the folders; both may be there.
        let addresses = [sparse::CRATES_IO_HTTP_INDEX, tame_index::CRATES_IO_INDEX];
        let folders = addresses.iter().flat_map(|url| {
            let folder = |stable| Some(get_index_details(url, Some(home.clone()), stable).ok()?.0);
            [true, false].into_iter().filter_map(folder)
        });
        let folders: Vec<PathBuf> =
            folders.filter(|folder| folder.join(".cache").is_dir()).collect();
        (!folders.is_empty()).then(|| Self {
            folders: folders.into_iter().map(IndexCache::at_path).collect(),
            seen: Mutex::default(),
        })
    }

    /// See [`super::Source::origin`].
    pub fn origin(&self, now: Timestamp) -> Option<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let count = seen.known.values().flatten().count();
        let newest = seen.newest?.duration_since(UNIX_EPOCH).ok()?.as_millis();
        let newest = Timestamp::from_millis(i64::try_from(newest).ok()?);
        let days = now.since(newest).unwrap_or_default().as_secs() / (24 * 60 * 60);
        let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        Some(format!("Cargo's index cache, {}, newest entry {days} old", crates(count)))
    }

    /// The checksum that the registry gave for a release, as far as Cargo has seen it.
    pub fn checksum(&self, release: &Release) -> Option<Checksum> {
        let (entry, _) = self.entry(&release.name)?;
        lines(&entry)?.find_map(|bytes| line::checksum(release, bytes))
    }

    fn read(&self, name: &CrateName) -> Option<(Arc<[PublishedRelease]>, SystemTime)> {
        let (entry, changed) = self.entry(name)?;
        let releases = lines(&entry)?.filter_map(|bytes| line::read(name, bytes)).collect();
        Some((releases, changed))
    }

    /// The bytes of that entry of a crate that Cargo changed last, and when it did.
    fn entry(&self, name: &CrateName) -> Option<(Vec<u8>, SystemTime)> {
        let krate = KrateName::cargo(name.as_str()).ok()?;
        let paths = self.folders.iter().map(|folder| folder.cache_path(krate));
        let files = paths.filter_map(|path| {
            let file = File::open(path).ok()?;
            let changed = file.metadata().ok()?.modified().ok()?;
            Some((file, changed))
        });
        let (file, changed) = files.max_by_key(|(_, changed)| *changed)?;
        let mut bytes = Vec::new();
        let read = file.take(LARGEST_ENTRY + 1).read_to_end(&mut bytes).ok()?;
        (read as u64 <= LARGEST_ENTRY).then_some((bytes, changed))
    }
}

/// The lines in an entry: versions and lines take turns, and the lines say the versions, too.
fn lines(entry: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    Some(split(ValidCacheEntry::read(entry).ok()?.version_entries, 0).skip(1).step_by(2))
}

impl Facts for CargoCache {
    /// A crate that Cargo has not seen may be there all the same, so an entry without a line that
    /// can be read tells nothing.
    fn releases(&self, name: &CrateName) -> Option<Arc<[PublishedRelease]>> {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen().known.get(name) {
            return known.clone();
        }
        // Read without the lock: at worst two threads read one small file.
        let read = self.read(name).filter(|(releases, _)| !releases.is_empty());
        let mut seen = seen();
        seen.newest = seen.newest.max(read.as_ref().map(|(_, changed)| *changed));
        let releases = read.map(|(releases, _)| releases);
        seen.known.insert(name.clone(), releases.clone());
        releases
    }
}

impl std::fmt::Debug for CargoCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CargoCache").field("seen", &self.seen).finish_non_exhaustive()
    }
}
