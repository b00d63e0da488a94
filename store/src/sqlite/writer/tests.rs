use rusqlite::ffi;
use tokio::task::JoinSet;

use super::super::migrations::META;
use super::*;

/// What a keeper has seen.
#[derive(Debug, Default)]
struct Seen {
    batches: Vec<usize>,
    inspections: usize,
}

#[derive(Debug, Clone, Default)]
struct Witness(Arc<Mutex<Seen>>);

impl Keeper for Witness {
    const OPERATION: &'static str = "write a test";

    fn committed(&mut self, numbers: &[u64]) {
        self.0.lock().unwrap().batches.push(numbers.len());
    }

    fn inspect(&self, _reopened: &Connection) -> Result<(), StoreError> {
        self.0.lock().unwrap().inspections += 1;
        Ok(())
    }
}

fn start(folder: &std::path::Path) -> (Arc<Writer>, Witness) {
    let (database, connected) = Database::create(folder, &META).unwrap();
    let witness = Witness::default();
    let writer = Writer::start(database, connected, witness.clone()).unwrap();
    (Arc::new(writer), witness)
}

fn put(connection: &Connection, registry: &str) -> rusqlite::Result<u64> {
    connection.execute("INSERT INTO registry_config VALUES (?1, x'')", [registry])?;
    count(connection)
}

fn count(connection: &Connection) -> rusqlite::Result<u64> {
    let count: i64 =
        connection.query_row("SELECT count(*) FROM registry_config", [], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

fn failure(code: std::ffi::c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

#[tokio::test]
async fn what_queues_up_during_a_commit_shares_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, witness) = start(folder.path());
    let (begun, first_begun) = oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let mut callers = JoinSet::new();
    let first = Arc::clone(&writer);
    callers.spawn(async move {
        let work = move |_: &Connection| {
            begun.send(()).unwrap();
            may_go.recv().unwrap();
            Ok(0)
        };
        first.write(1, work).await.unwrap()
    });
    first_begun.await.unwrap();
    for number in 1..=50 {
        let writer = Arc::clone(&writer);
        callers.spawn(async move { writer.write(1, move |_| Ok(number)).await.unwrap() });
    }
    // On this runtime's one thread, each task runs until it waits for its answer.
    while writer.queued() < 51 {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();

    let mut numbers = callers.join_all().await;
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..=50));
    assert_eq!(witness.0.lock().unwrap().batches, [1, 50]);
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, witness) = start(folder.path());
    assert_eq!(writer.write(1, |batch| put(batch, "a")).await.unwrap(), 1);
    tokio::select! { biased;
        error = writer.broken() => panic!("nothing has failed yet: {error}"),
        () = std::future::ready(()) => {}
    }

    let work = |batch: &Connection| put(batch, "b").and(Err(failure(ffi::SQLITE_IOERR_FSYNC)));
    for error in [
        writer.write(1, work).await.unwrap_err(),
        writer.write(1, |batch| put(batch, "c")).await.unwrap_err(),
        writer.broken().await,
    ] {
        assert!(matches!(error, StoreError::Broken { operation: "write a test", .. }), "{error}");
    }
    assert_eq!(witness.0.lock().unwrap().inspections, 0);
    drop(writer);
    let (writer, _) = start(folder.path());
    assert_eq!(writer.write(1, count).await.unwrap(), 1);
}

#[tokio::test]
async fn a_file_that_seems_malformed_is_opened_anew_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, witness) = start(folder.path());
    let work = |batch: &Connection| put(batch, "a").and(Err(failure(ffi::SQLITE_CORRUPT)));
    let error = writer.write(1, work).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(witness.0.lock().unwrap().inspections, 0);
    assert_eq!(writer.write(1, |batch| put(batch, "b")).await.unwrap(), 1);
    assert_eq!(witness.0.lock().unwrap().inspections, 1);
}

#[tokio::test]
async fn a_failure_that_leaves_no_doubt_keeps_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, witness) = start(folder.path());
    for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY] {
        let work = move |batch: &Connection| put(batch, "a").and(Err(failure(code)));
        writer.write(1, work).await.unwrap_err();
    }
    assert_eq!(writer.write(1, count).await.unwrap(), 0);
    assert_eq!(witness.0.lock().unwrap().inspections, 0);
}

#[tokio::test]
async fn a_dropped_writer_has_written_what_was_queued() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = start(folder.path());
    let work = Box::pin(writer.write(1, |batch| put(batch, "a")));
    // Polled once, so that it is queued, then left alone.
    tokio::select! { biased; _ = work => {}, () = std::future::ready(()) => {} }
    drop(writer);
    let (_, connected) = Database::create(folder.path(), &META).unwrap();
    assert_eq!(count(&connected.connection).unwrap(), 1);
}

#[tokio::test]
async fn work_heavier_than_all_the_room_is_done_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = start(folder.path());
    assert_eq!(writer.write(usize::MAX, |_| Ok(7)).await.unwrap(), 7);
    assert_eq!(writer.queued(), 0);
}
