use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, Timestamp};
use rusqlite::{Connection, params};

use super::super::writer::Keeper;

/// Where an index entry is filed: the registry, and the crate's lowercased name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct IndexKey {
    pub(super) registry: RegistryName,
    pub(super) crate_key: String,
}

impl IndexKey {
    pub(super) fn new(registry: &RegistryName, name: &CrateName) -> Self {
        Self { registry: registry.clone(), crate_key: name.index_key() }
    }
}

/// What is only noted for now, because every request brings some of it and none of it has to be
/// durable. It is as much as there are entries and blobs in use within a second.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    confirmed: HashMap<IndexKey, Timestamp>,
    used: HashMap<Checksum, Timestamp>,
}

impl Notes {
    pub(super) fn confirm(&self, key: IndexKey, when: Timestamp) {
        // The last word counts, not the latest time: a clock that ran ahead is corrected so.
        self.noted().confirmed.insert(key, when);
    }

    pub(super) fn confirmed(&self, key: &IndexKey) -> Option<Timestamp> {
        self.noted().confirmed.get(key).copied()
    }

    pub(super) fn forget_confirmed(&self, key: &IndexKey) {
        self.noted().confirmed.remove(key);
    }

    pub(super) fn touch(&self, digests: &[Checksum], when: Timestamp) {
        self.noted().used.extend(digests.iter().map(|digest| (*digest, when)));
    }

    pub(super) fn any(&self) -> bool {
        let noted = self.noted();
        !noted.confirmed.is_empty() || !noted.used.is_empty()
    }

    fn take(&self) -> Noted {
        std::mem::take(&mut self.noted())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // The maps are whole after every call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the writer write the notes.
#[derive(Debug)]
pub(super) struct NoteKeeper {
    notes: Arc<Notes>,
}

impl NoteKeeper {
    pub(super) const fn new(notes: Arc<Notes>) -> Self {
        Self { notes }
    }
}

impl Keeper for NoteKeeper {
    const OPERATION: &'static str = "write metadata";

    fn has_collected(&self) -> bool {
        self.notes.any()
    }

    /// Where the batch fails, its notes are lost: entries and blobs seem older than they are, which
    /// is safe, and nothing piles up while a disk is full.
    fn write_collected(&mut self, batch: &Connection) -> rusqlite::Result<()> {
        let Noted { confirmed, used } = self.notes.take();
        let mut confirm = batch.prepare_cached(
            "UPDATE index_entry SET confirmed = ?3 WHERE registry = ?1 AND crate = ?2",
        )?;
        for (IndexKey { registry, crate_key }, when) in confirmed {
            confirm.execute(params![registry.as_str(), crate_key, when.as_millis()])?;
        }
        let mut touch = batch.prepare_cached("UPDATE blob SET used = ?2 WHERE sha256 = ?1")?;
        for (digest, when) in used {
            touch.execute(params![digest.as_bytes(), when.as_millis()])?;
        }
        Ok(())
    }
}
