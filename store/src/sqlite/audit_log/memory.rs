//! What the writer remembers between the events of a batch, and from one batch to the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use depaudit_ledger::Edge;

use super::append::Subject;
use super::stretch::Recent;
use super::tally::{Group, Tallies};
use super::tree::Hashes;

/// Shared by those who append and the keeper of the writer; all of them work on the writer's thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Memory>>);

impl Shared {
    pub(super) fn get(&self) -> MutexGuard<'_, Memory> {
        // Where a batch left it halfway, `Memory::forget` is called before the next one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing here is needed: all of it can be read again from the file.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The hashes of the events that the batch appends.
    pub(super) hashes: Hashes,
    /// What somebody who looked at it vouches for, as it stands before the batch.
    pub(super) vouched_for: Option<Edge>,
    /// What the batch counts.
    pub(super) tallies: Tallies,
    /// The events behind the last full stretch.
    pub(super) recent: Recent,
    pub(super) subjects: Known<Subject>,
    pub(super) groups: Known<Group>,
}

impl Memory {
    /// Forgets everything: a batch was rolled back, and numbers that it gave are given anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The numbers of what was met before.
#[derive(Debug)]
pub(super) struct Known<K>(HashMap<K, i64>);

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash> Known<K> {
    /// So many are remembered: some megabytes.
    const MOST: usize = 32_768;

    /// The number of `what`, which `look` asks the file for.
    pub(super) fn id(
        &mut self,
        what: &K,
        look: impl FnOnce() -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.0.get(what) {
            return Ok(*id);
        }
        let id = look()?;
        // All at once: those that come often are back soon.
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(what.clone(), id);
        Ok(id)
    }
}
