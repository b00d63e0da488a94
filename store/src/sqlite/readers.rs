use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::database::{Connected, Database};
use super::failed;
use crate::StoreError;
use crate::blocking::blocking;

/// How many reads run at once. They are short, and each holds a thread and a page cache.
const MOST: usize = 4;

/// Connections for reading, opened when they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    database: Database,
    idle: Mutex<Vec<Connected>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(database: Database) -> Arc<Self> {
        let (idle, turns) = (Mutex::default(), Arc::new(Semaphore::new(MOST)));
        Arc::new(Self { database, idle, turns })
    }

    /// What is read, for long work that has connections of its own.
    pub(super) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Runs `work` on a connection of its own.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let readers = Arc::clone(self);
        blocking(operation, move || {
            // Moved here, so that it lasts as long as the work, even when the caller leaves.
            let _turn = turn;
            let connected = readers.take().map_err(|error| failed(operation, error))?;
            let value = work(&connected.connection).map_err(|error| failed(operation, error))?;
            // Not reached after a failure: a connection that failed may fail again.
            readers.idle().push(connected);
            Ok(value)
        })
        .await
    }

    /// Waits for the reads under way, then closes the connections; nothing is read any more.
    pub(super) async fn close(&self) {
        // An error says that they were closed before.
        if let Ok(_all) = self.turns.acquire_many(MOST as u32).await {
            self.turns.close();
        }
        self.idle().clear();
    }

    fn take(&self) -> rusqlite::Result<Connected> {
        let idle = self.idle().pop().filter(|connected| self.database.is_under(connected));
        idle.map_or_else(|| self.database.connect_reading(), Ok)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connected>> {
        // A list of connections is whole after every push and pop.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
