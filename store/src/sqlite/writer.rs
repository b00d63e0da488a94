use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SetOnce, oneshot};

use super::database::{Connected, Database, empty_wal, is_fatal};
use super::failed;
use crate::StoreError;
use crate::blocking::blocking;

/// How much may wait, in units of [`Writer::write`]'s `weight`.
const ROOM: u32 = 8_192;
/// How much one transaction takes on. Beyond a few hundred rows the sync is no longer what costs.
const BATCH: u32 = 500;
/// How long what a [`Keeper`] collects may stay unwritten while nothing else is written.
const COLLECTING: Duration = Duration::from_secs(1);

/// The one writer of a database: a thread that commits in groups.
///
/// While one transaction is being synced, the work of other tasks queues up, and the next
/// transaction takes all of it. So a lone task waits for one sync and nothing else, and many tasks
/// share one: there is no timer that somebody would have to wait for.
///
/// ```text
/// task 1  ─ write ─┐                       ┌─ answered
/// task 2  ─ write ─┤ BEGIN  1 2  COMMIT ───┴─ answered
/// task 3       ─ write ──────── queued ──── BEGIN  3 ...
/// ```
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Message>,
    room: Arc<Semaphore>,
    /// Why nothing is written any more.
    broken: Arc<SetOnce<StoreError>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What one caller wants written, inside the batch's transaction. It gives a number back.
type Work = Box<dyn FnOnce(&Connection) -> rusqlite::Result<u64> + Send>;

enum Message {
    Write(Job),
    /// Everything queued before it is written, then the thread ends.
    Close,
}

struct Job {
    weight: u32,
    work: Work,
    answer: oneshot::Sender<Result<u64, StoreError>>,
    /// Given back right before the job is answered.
    room: OwnedSemaphorePermit,
}

/// What a writer looks after besides the work of its callers.
pub(super) trait Keeper: fmt::Debug + Send + 'static {
    /// What failed, in an error's text: `write events`.
    const OPERATION: &'static str;

    /// Whether something was collected that nobody waits for.
    fn has_collected(&self) -> bool {
        false
    }

    /// Writes what was collected, at the beginning of a batch.
    fn write_collected(&mut self, _batch: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// Adds what belongs to the work of a batch, in its transaction.
    fn complete(&mut self, _batch: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// The work of a batch, which gave these numbers, is durable.
    fn committed(&mut self, _numbers: &[u64]) {}

    /// Forgets what it remembers of the file: a batch was rolled back, or the file is opened anew.
    fn forget(&mut self) {}

    /// Looks whether what was durable is still there, in a file that was opened anew.
    ///
    /// # Errors
    /// When it is not: nothing is written then.
    fn inspect(&self, _reopened: &Connection) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start<K: Keeper>(
        database: Database,
        connected: Connected,
        keeper: K,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let broken = Arc::<SetOnce<StoreError>>::default();
        let clerk =
            Clerk { database, connected: Some(connected), keeper, broken: Arc::clone(&broken) };
        let thread = std::thread::Builder::new()
            .name(K::OPERATION.into())
            .spawn(move || clerk.serve(&jobs))?;
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Ok(Self { queue, room, broken, thread: Mutex::new(Some(thread)) })
    }

    /// Does `work` inside a transaction and returns its number once that is durable. `weight` says
    /// how many rows it writes, roughly.
    ///
    /// Waits for room first. A caller that leaves while it waits for room has done nothing; one
    /// that leaves later has its work written all the same.
    ///
    /// # Errors
    /// When the transaction failed: nothing of it was written. [`StoreError::Broken`] when the disk
    /// failed, from then on always: what was written of it is seen when the file is opened anew.
    /// [`StoreError::Closed`] after [`Writer::close`].
    pub(super) async fn write(
        &self,
        weight: usize,
        work: impl FnOnce(&Connection) -> rusqlite::Result<u64> + Send + 'static,
    ) -> Result<u64, StoreError> {
        // What is heavier than all the room waits until it is alone.
        let weight = u32::try_from(weight).map_or(ROOM, |weight| weight.clamp(1, ROOM));
        let room = Arc::clone(&self.room).acquire_many_owned(weight).await;
        let room = room.map_err(|_| StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let job = Job { weight, work: Box::new(work), answer, room };
        self.queue.send(Message::Write(job)).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits until the disk has failed, so that nothing is written any more; says how.
    pub(super) async fn broken(&self) -> StoreError {
        self.broken.wait().await.clone()
    }

    /// How much waits or is being written.
    pub(super) fn queued(&self) -> usize {
        (ROOM as usize).saturating_sub(self.room.available_permits())
    }

    /// Writes what is queued, then closes the database. Nothing is taken any more.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let Some(thread) = self.stop() else { return Ok(()) };
        blocking("close the store", move || thread.join().map_err(|_| StoreError::Closed)).await
    }

    /// The thread to wait for, unless somebody else waits for it already.
    fn stop(&self) -> Option<JoinHandle<()>> {
        self.room.close();
        // Where the thread has ended already, there is nothing to tell it.
        let _ = self.queue.send(Message::Close);
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Writer {
    /// Waits until what is queued is written: a fraction of a second, on a disk that works.
    fn drop(&mut self) {
        if let Some(thread) = self.stop() {
            // It was told to end; how it ended is of no use to anybody here.
            let _ = thread.join();
        }
    }
}

/// Who sits in the thread.
struct Clerk<K> {
    database: Database,
    /// `None` after a failure that leaves the file's state in doubt.
    connected: Option<Connected>,
    keeper: K,
    broken: Arc<SetOnce<StoreError>>,
}

impl<K: Keeper> Clerk<K> {
    fn serve(mut self, jobs: &Receiver<Message>) {
        let mut open = true;
        while open {
            let mut batch = Vec::new();
            let mut weight = 0;
            let mut next = match jobs.recv_timeout(COLLECTING) {
                Ok(message) => Ok(message),
                Err(RecvTimeoutError::Timeout) => Err(TryRecvError::Empty),
                Err(RecvTimeoutError::Disconnected) => Err(TryRecvError::Disconnected),
            };
            loop {
                match next {
                    Ok(Message::Write(job)) => {
                        weight += job.weight;
                        batch.push(job);
                    }
                    Ok(Message::Close) | Err(TryRecvError::Disconnected) => open = false,
                    Err(TryRecvError::Empty) => break,
                }
                if !open || weight >= BATCH {
                    break;
                }
                next = jobs.try_recv();
            }
            if !batch.is_empty() || self.keeper.has_collected() {
                self.write(batch);
            }
        }
        if let Some(Connected { connection, .. }) = &self.connected
            && let Err(error) = empty_wal(connection)
        {
            // Nothing is lost: whoever opens the file next reads the WAL.
            tracing::warn!(error = &error as &dyn std::error::Error, "the WAL was not emptied");
        }
    }

    /// Writes a batch and answers everybody in it.
    fn write(&mut self, batch: Vec<Job>) {
        let mut works = Vec::with_capacity(batch.len());
        let mut callers = Vec::with_capacity(batch.len());
        for Job { work, answer, room, .. } in batch {
            works.push(work);
            callers.push((answer, room));
        }
        // Whoever has left, has left.
        match self.commit(works) {
            Ok(numbers) => {
                self.keeper.committed(&numbers);
                for ((answer, room), number) in callers.into_iter().zip(numbers) {
                    drop(room);
                    let _ = answer.send(Ok(number));
                }
            }
            Err(error) => {
                if callers.is_empty() {
                    // Nobody waits for what was collected, so nobody else would say it.
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what was noted in passing is lost"
                    );
                }
                for (answer, room) in callers {
                    drop(room);
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }

    fn commit(&mut self, works: Vec<Work>) -> Result<Vec<u64>, StoreError> {
        if let Some(broken) = self.broken.get() {
            return Err(broken.clone());
        }
        // Closed before the file is opened anew: closing touches the WAL, which goes by its name.
        let current = self.connected.take().filter(|current| self.database.is_under(current));
        let mut connected = current.map_or_else(|| self.reopen(), Ok)?;
        let result = transact(&mut connected.connection, &mut self.keeper, works);
        if result.is_err() {
            self.keeper.forget();
        }
        let result =
            result.and_then(|numbers| connected.failed_checkpoint().map_or(Ok(numbers), Err));
        match result {
            Err(error) if is_fatal(&error) => Err(self.give_up(&connected, error)),
            Err(error) if leaves_doubt(&error) => Err(failed(K::OPERATION, error)),
            result => {
                self.connected = Some(connected);
                result.map_err(|error| failed(K::OPERATION, error))
            }
        }
    }

    /// The disk has failed: nothing is written any more, not even what a closed connection would copy
    /// out of the WAL, since what it believes to be in the database may not be there.
    fn give_up(&self, connected: &Connected, error: rusqlite::Error) -> StoreError {
        let closing = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = connected.connection.set_db_config(closing, true) {
            tracing::warn!(error = &error as &dyn std::error::Error, "closing may write");
        }
        let broken = StoreError::Broken { operation: K::OPERATION, source: Arc::new(error) };
        // This thread alone sets it, and comes here once.
        let _ = self.broken.set(broken.clone());
        broken
    }

    fn reopen(&mut self) -> Result<Connected, StoreError> {
        let connected = self.database.connect().map_err(|error| failed(K::OPERATION, error))?;
        self.keeper.forget();
        self.keeper.inspect(&connected.connection)?;
        Ok(connected)
    }
}

/// All of it or nothing: dropped without COMMIT, a transaction is rolled back.
fn transact(
    connection: &mut Connection,
    keeper: &mut impl Keeper,
    works: Vec<Work>,
) -> rusqlite::Result<Vec<u64>> {
    // IMMEDIATE, because a later upgrade to writing could fail when another process writes too.
    let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    keeper.write_collected(&batch)?;
    let numbers = works.into_iter().map(|work| work(&batch)).collect::<rusqlite::Result<_>>()?;
    keeper.complete(&batch)?;
    batch.commit()?;
    Ok(numbers)
}

/// Whether an error is one of the file that stands there, which may be another one by now: it is opened
/// anew and inspected before anything else is written. A full disk or a busy file is none: SQLite has
/// rolled back, and goes on once there is room.
fn leaves_doubt(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::CannotOpen)
    )
}

#[cfg(test)]
mod tests;
