//! A disk that loses what was not synced.

mod content;
mod state;
mod vfs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use state::State;

/// A folder for SQLite databases on a disk that fails as a test asks.
///
/// From the first one on, SQLite in this process writes through a layer of its own (a VFS, the
/// process's default), which notes what happens in such folders; all others are as ever. The files
/// are real ones, so locks, reads and the WAL's index are SQLite's own. What a power cut would leave
/// is known besides: what was synced, and of the rest any part, torn between sectors and in any
/// order. New and removed names count from the next sync of their folder on. The WAL's index is
/// memory, and gone.
///
/// Only SQLite is followed: a file that something else has put there counts as durable.
#[derive(Debug)]
pub struct SimulatedDisk {
    /// `None` where it is somebody else's.
    _folder: Option<tempfile::TempDir>,
    /// As SQLite calls it.
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

/// Which file of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFile {
    /// The database itself, which checkpoints write.
    Main,
    /// Its write-ahead log, which commits write; or a rollback journal.
    Log,
}

/// When the power goes: right before an operation, which does not happen any more. Each counts from 0,
/// from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutBefore {
    /// Any operation: a write, a change of length, a sync, a removal.
    Operation(u64),
    /// A sync: all that it was to make durable has been written, and may be there or not.
    Sync(u64),
    /// A write to a database itself, in a checkpoint.
    Page(u64),
}

impl SimulatedDisk {
    /// An empty one.
    ///
    /// # Panics
    /// When the system gives no folder.
    #[must_use]
    pub fn new() -> Self {
        Self::holding(Vec::new())
    }

    /// One that stands under a folder of somebody else, in which no database is open yet.
    ///
    /// # Panics
    /// When there is no such folder.
    #[must_use]
    pub fn under(folder: &Path) -> Self {
        Self::follow(folder, None, State::default())
    }

    fn holding(files: Vec<(String, Vec<u8>)>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in &files {
            std::fs::write(folder.path().join(name), bytes).expect("a writable folder");
        }
        let path = folder.path().to_owned();
        Self::follow(&path, Some(folder), State::holding(files))
    }

    fn follow(folder: &Path, own: Option<tempfile::TempDir>, state: State) -> Self {
        let path = folder.canonicalize().expect("the folder is there");
        let state = Arc::new(Mutex::new(state));
        vfs::follow(path.clone(), Arc::clone(&state));
        Self { _folder: own, path, state }
    }

    /// Where to put databases.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// Sets when the power goes. Nothing is written from then on, each attempt is an I/O error.
    pub fn cut_power(&self, before: CutBefore) {
        self.state().cut_before = Some(before);
    }

    /// Whether the power was cut.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.state().is_dark()
    }

    /// Whether changes of a database itself were not synced when the power was cut.
    #[must_use]
    pub fn was_cut_in_a_checkpoint(&self) -> bool {
        self.state().has_unsynced_pages()
    }

    /// Another disk, with what this one holds after the cut; or would, were the power cut now. The
    /// seed decides what becomes of all that was not synced.
    #[must_use]
    pub fn after_the_cut(&self, seed: u64) -> Self {
        let survived = self.state().survive(seed);
        Self::holding(survived)
    }

    /// Lets the next sync of this file fail. As on Linux, what was to be synced is read afterwards as
    /// if it had been, and was not.
    pub fn fail_next_sync(&self, file: DatabaseFile) {
        self.state().failing_sync = Some(file);
    }

    /// Whether no file can grow.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// Puts the syncs of a log off until a checkpoint begins: what SQLite does by itself with
    /// `synchronous = NORMAL`.
    pub fn put_log_syncs_off(&self) {
        self.state().log_syncs_put_off = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Default for SimulatedDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SimulatedDisk {
    fn drop(&mut self) {
        vfs::forget(&self.path);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
