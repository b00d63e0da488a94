use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use depaudit_model::cargo::CrateName;
use depaudit_model::{RegistryName, Timestamp};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::cargo::view::View;

/// What is known of a crate.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// There is an entry.
    View(Arc<View>),
    /// The upstream said that there is none.
    Absent(Arc<AtomicI64>),
}

impl Known {
    pub(super) fn absent(confirmed: Timestamp) -> Self {
        Self::Absent(Arc::new(AtomicI64::new(confirmed.as_millis())))
    }

    /// When the upstream last said so.
    pub(super) fn confirmed(&self) -> Timestamp {
        match self {
            Self::View(view) => view.confirmed(),
            Self::Absent(millis) => Timestamp::from_millis(millis.load(Ordering::Relaxed)),
        }
    }
}

/// The views in memory, bounded by their bytes; the ones used least go first.
#[derive(Debug)]
pub(super) struct Memory {
    cache: Cache<Key, Known, ByBytes>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    registry: RegistryName,
    name: CrateName,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.registry.as_str(), self.name.as_str()).hash(state);
    }
}

/// Looks up without building a key.
struct Asked<'a>(&'a RegistryName, &'a CrateName);

impl Hash for Asked<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.as_str(), self.1.as_str()).hash(state);
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.0 == key.registry && *self.1 == key.name
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, Known> for ByBytes {
    fn weight(&self, key: &Key, known: &Known) -> u64 {
        let overhead = (size_of::<Key>() + key.name.as_str().len() + 64) as u64;
        overhead
            + match known {
                Known::View(view) => view.weight(),
                Known::Absent(_) => 0,
            }
    }
}

impl Memory {
    pub(super) fn new(bytes: u64) -> Self {
        // How many views to make room for in the map's first layout; it grows when there are more.
        const TYPICAL_VIEW: u64 = 20_000;
        let expected =
            usize::try_from(bytes / TYPICAL_VIEW).unwrap_or(usize::MAX).clamp(16, 100_000);
        Self { cache: Cache::with_weighter(expected, bytes, ByBytes) }
    }

    /// `name` in lowercase.
    pub(super) fn get(&self, registry: &RegistryName, name: &CrateName) -> Option<Known> {
        self.cache.get(&Asked(registry, name))
    }

    pub(super) fn put(&self, registry: &RegistryName, name: &CrateName, known: Known) {
        self.cache.insert(Key { registry: registry.clone(), name: name.clone() }, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use depaudit_store::Validators;

    #[test]
    fn memory_is_bounded_by_bytes() {
        let memory = Memory::new(1 << 20);
        let registry = RegistryName::crates_io();
        for number in 0..200 {
            let body = Bytes::from(vec![b'a'; 50_000]);
            let view = View::new(body, Vec::new(), Validators::default(), Timestamp::EPOCH);
            let name = format!("crate{number}").parse().unwrap();
            memory.put(&registry, &name, Known::View(Arc::new(view)));
        }
        assert!(memory.cache.weight() <= 1 << 20);
        assert!(memory.cache.len() >= 10, "{}", memory.cache.len());
    }
}
