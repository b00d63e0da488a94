//! What the SQLite backends promise beside the contract: what the files refuse, who may read them,
//! and which files are opened at all.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod older;

use std::fs;
use std::path::Path;

use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, Timestamp};
use depaudit_store::sqlite::{SqliteAuditLog, SqliteMetaStore};
use depaudit_store::{
    AuditLog, EventFilter, EventOrder, IndexEntry, MetaStore, Pin, Record, StoreError, Validators,
};
use rusqlite::Connection;

fn record() -> Record {
    let mut event = Event::new(EventKind::IndexServed, Timestamp::EPOCH);
    event.name = Some("serde".parse().unwrap());
    event.team = Some("payments".parse().unwrap());
    let client = Client { address: None, user_agent: Some("cargo".into()), salt: 7 };
    Record { event, client: Some(client) }
}

async fn read(log: &SqliteAuditLog) -> Vec<u64> {
    let events = log.read(&EventFilter::default(), EventOrder::OldestFirst, 100).await.unwrap();
    events.iter().map(|event| event.index).collect()
}

#[track_caller]
fn assert_refused(connection: &Connection, statement: &str, because: &str) {
    let error = connection.execute_batch(statement).unwrap_err().to_string();
    assert!(error.contains(because), "{statement}: {error}");
}

#[tokio::test]
async fn bad_input_52_the_file_refuses_to_change_or_lose_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(vec![record(), record()]).await.unwrap();

    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    assert_refused(&direct, "UPDATE event SET leaf = x'00' WHERE idx = 0", "never changed");
    assert_refused(&direct, "UPDATE event SET team = 'search'", "never changed");
    assert_refused(&direct, "DELETE FROM event WHERE idx = 1", "never removed");
    assert_refused(&direct, "DELETE FROM event", "never removed");
    let insert = |verb: &str, index: i64| {
        format!("{verb} INTO event (idx, time, kind, leaf) VALUES ({index}, 0, 'x', x'00')")
    };
    assert_refused(&direct, &insert("REPLACE", 1), "right behind the last one");
    assert_refused(&direct, &insert("INSERT", 7), "right behind the last one");
    assert_refused(&direct, &insert("INSERT", -1), "right behind the last one");
    assert_refused(&direct, "UPDATE subject SET crate = 'syn'", "never changed");
    assert_refused(&direct, "DELETE FROM subject", "never removed");
    assert_eq!(read(&log).await, [0, 1]);
}

#[tokio::test]
async fn who_asked_can_be_erased_and_the_event_stays() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(vec![record(), record()]).await.unwrap();
    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    direct.execute("DELETE FROM event_client WHERE idx = 0", []).unwrap();

    let events = log.read(&EventFilter::default(), EventOrder::OldestFirst, 100).await.unwrap();
    assert_eq!(events[0].client, None);
    assert_eq!(events[0].leaf, events[1].leaf);
    assert!(events[1].client.is_some());
}

#[tokio::test]
async fn bad_input_52_an_event_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(vec![record()]).await.unwrap();
    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    let forged = "INSERT INTO event (idx, time, kind, leaf) VALUES (1, 0, 'x', x'00')";
    direct.execute_batch(forged).unwrap();

    let read = log.read(&EventFilter::default(), EventOrder::OldestFirst, 100).await;
    let damaged = read.unwrap_err();
    assert!(matches!(damaged, StoreError::Damaged { .. }));
    assert!(damaged.to_string().contains("event 1"), "{damaged}");
}

#[tokio::test]
async fn bad_input_6_the_file_refuses_to_change_or_lose_a_pin() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteMetaStore::open(folder.path()).unwrap();
    let (registry, name) = (RegistryName::crates_io(), "serde".parse().unwrap());
    let pin = Pin { version: "1.0.0".parse().unwrap(), checksum: Checksum::of(b"right") };
    let entry = IndexEntry {
        body: "lines\n".into(),
        validators: Validators::default(),
        confirmed: Timestamp::EPOCH,
    };
    let pins = [pin];
    store.put_index_entry(&registry, &name, &entry, &pins).await.unwrap();

    let direct = Connection::open(folder.path().join("meta.sqlite")).unwrap();
    assert_refused(&direct, "UPDATE pin SET sha256 = zeroblob(32)", "never changed");
    assert_refused(&direct, "DELETE FROM pin", "never removed");
    let replace = "REPLACE INTO pin VALUES ('crates-io', 'serde', '1.0.0', zeroblob(32))";
    direct.execute_batch(replace).unwrap();
    assert_eq!(store.pins(&registry, &name).await.unwrap(), pins);
}

#[tokio::test]
async fn a_log_is_read_while_a_server_appends_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = SqliteAuditLog::open(folder.path()).unwrap();
    let reader = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    assert_eq!(reader.length().await.unwrap(), 0);
    server.append(vec![record()]).await.unwrap();
    assert_eq!(read(&reader).await, [0]);
    server.append(vec![record()]).await.unwrap();
    assert_eq!(read(&reader).await, [0, 1]);

    assert!(matches!(reader.append(vec![record()]).await, Err(StoreError::ReadOnly)));
    assert_eq!(server.length().await.unwrap(), 2);
}

#[tokio::test]
async fn a_probe_writes_and_leaves_the_log_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(vec![record()]).await.unwrap();
    let wal = folder.path().join("audit.sqlite-wal");
    let before = fs::metadata(&wal).unwrap().len();
    log.probe().await.unwrap();
    assert!(fs::metadata(&wal).unwrap().len() > before, "something went to the disk");
    assert_eq!(log.length().await.unwrap(), 1);

    let reader = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    assert!(matches!(reader.probe().await, Err(StoreError::ReadOnly)));
    log.close().await.unwrap();
    assert!(matches!(log.probe().await, Err(StoreError::Closed)));
}

#[tokio::test]
async fn a_log_is_read_when_its_server_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let server = SqliteAuditLog::open(folder.path()).unwrap();
    server.append(vec![record()]).await.unwrap();
    drop(server);
    let reader = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    assert_eq!(read(&reader).await, [0]);
}

#[tokio::test]
async fn a_clean_end_leaves_one_whole_file_for_each_database() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    let store = SqliteMetaStore::open(folder.path()).unwrap();
    log.append(vec![record()]).await.unwrap();
    assert_eq!(read(&log).await, [0]);
    store.probe().await.unwrap();
    store.totals().await.unwrap();
    log.close().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.totals().await, Err(StoreError::Closed)));
    assert_eq!(files(folder.path()), ["audit.sqlite", "meta.sqlite"]);
}

#[tokio::test]
async fn a_reader_elsewhere_neither_holds_up_the_end_nor_loses_anything() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append(vec![record()]).await.unwrap();
    let reader = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    assert_eq!(read(&reader).await, [0]);
    log.close().await.unwrap();
    assert_eq!(fs::metadata(folder.path().join("audit.sqlite-wal")).unwrap().len(), 0);
    assert_eq!(read(&reader).await, [0]);
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The files as a killed process leaves them: copied while it has them open.
#[tokio::test]
async fn after_a_crash_every_acknowledged_event_is_read_and_the_next_follows() {
    let (folder, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    for _ in 0..3 {
        log.append(vec![record()]).await.unwrap();
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), crashed.path().join(entry.file_name())).unwrap();
    }
    let reader = SqliteAuditLog::open_read_only(crashed.path()).unwrap();
    assert_eq!(read(&reader).await, [0, 1, 2]);
    let log = SqliteAuditLog::open(crashed.path()).unwrap();
    assert_eq!(log.append(vec![record()]).await.unwrap().first, 3);
}

#[test]
fn several_processes_may_make_the_files_at_the_same_time() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let open = || {
                SqliteAuditLog::open(folder.path()).unwrap();
                SqliteMetaStore::open(folder.path()).unwrap();
            };
            let started: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            assert!(started.into_iter().all(|process| process.join().is_ok()));
        });
    }
}

#[test]
fn where_there_is_no_log_reading_says_so_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let missing = SqliteAuditLog::open_read_only(folder.path()).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { database: "audit.sqlite", .. }));
    assert!(missing.to_string().contains(folder.path().to_str().unwrap()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_log_of_a_newer_depaudit_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteAuditLog::open(folder.path()).unwrap());
    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    direct.pragma_update(None, "user_version", 99).unwrap();

    for opened in
        [SqliteAuditLog::open(folder.path()), SqliteAuditLog::open_read_only(folder.path())]
    {
        let newer = opened.unwrap_err();
        assert!(matches!(newer, StoreError::OtherFormat { found: 99, .. }), "{newer}");
        assert!(newer.to_string().contains("a newer depaudit"), "{newer}");
    }
    let left: u32 = direct.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(left, 99);
}

#[tokio::test]
async fn a_log_that_is_older_than_its_tree_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..700).map(|_| record()).collect()).await.unwrap();
    let root = log.edge().await.unwrap().root();
    log.close().await.unwrap();
    let older = tempfile::tempdir().unwrap();
    older::copy(&folder.path().join("audit.sqlite"), older.path(), 1);

    let log = SqliteAuditLog::open(older.path()).unwrap();
    let edge = log.edge().await.unwrap();
    assert_eq!((edge.size(), edge.root()), (700, root));
}

#[tokio::test]
async fn bad_input_52_the_file_refuses_to_change_or_lose_a_full_tile() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..256).map(|_| record()).collect()).await.unwrap();
    let direct = Connection::open(folder.path().join("audit.sqlite")).unwrap();
    assert_refused(&direct, "UPDATE tile SET hashes = zeroblob(8192)", "never changed");
    assert_refused(&direct, "DELETE FROM tile", "never removed");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("meta.sqlite"), "not a database, but a text ".repeat(100))
        .unwrap();
    let refused = SqliteMetaStore::open(folder.path()).unwrap_err();
    assert!(matches!(refused, StoreError::CannotOpen { .. }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("data");
    let log = SqliteAuditLog::open(&folder).unwrap();
    let store = SqliteMetaStore::open(&folder).unwrap();
    log.append(vec![record()]).await.unwrap();
    store.probe().await.unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Each database, its WAL and the WAL's index.
    assert_eq!(files.len(), 6, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
