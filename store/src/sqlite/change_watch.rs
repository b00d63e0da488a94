use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::database::{Connected, Database};
use crate::StoreError;

/// Tells whether anybody has committed something to a database since it was last asked.
///
/// SQLite counts the commits of others for each connection (`PRAGMA data_version`). Asking looks into
/// memory that the processes share, and at the file's name: some microseconds, no read of the disk. So
/// it is done where it is asked for, without a thread that may wait.
#[derive(Debug)]
pub(super) struct ChangeWatch {
    database: Database,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// A connection that never writes, so that every commit is another's.
    connected: Option<Connected>,
    /// How often the connection was opened or given up.
    epoch: u32,
    closed: bool,
}

impl ChangeWatch {
    pub(super) fn new(database: Database) -> Self {
        let state = State { connected: None, epoch: 0, closed: false };
        Self { database, state: Mutex::new(state) }
    }

    /// The same number as before when nothing was committed meanwhile. Where that cannot be told, the
    /// number is a new one.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub(super) fn version(&self) -> Result<u64, StoreError> {
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Closed);
        }
        // What is here lives on only in the number of commits: it is whole after every step.
        let kept = state.connected.take().filter(|connected| self.database.is_under(connected));
        let connected = kept.or_else(|| {
            state.epoch = state.epoch.wrapping_add(1);
            self.connect()
        });
        let asked = connected.and_then(|connected| {
            let commits: u32 = connected
                .connection
                .prepare_cached("PRAGMA data_version")
                .and_then(|mut asking| asking.query_row([], |row| row.get(0)))
                .ok()?;
            Some((connected, commits))
        });
        let epoch = u64::from(state.epoch) << 32;
        // The next question opens a connection, and with it an epoch.
        let Some((connected, commits)) = asked else { return Ok(epoch) };
        state.connected = Some(connected);
        Ok(epoch | u64::from(commits))
    }

    /// Closes the connection; the question is answered no more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.connected = None;
    }

    fn connect(&self) -> Option<Connected> {
        let connected = self.database.connect_reading().ok()?;
        // Whoever asks has no time to wait: what is locked counts as changed.
        connected.connection.busy_timeout(Duration::ZERO).ok()?;
        Some(connected)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
