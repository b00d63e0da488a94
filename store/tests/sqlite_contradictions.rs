//! Bad input 52, beside the leaves: what a search, a trace or `log` reads is changed by whoever owns the
//! disk. Each way is found, and named.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the report")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use depaudit_model::event::{Client, Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, Timestamp};
use depaudit_store::sqlite::SqliteAuditLog;
use depaudit_store::{AuditLog, ClientFilter, Contradiction, Record, StoreError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

const EVENTS: u64 = 22_500;

/// Downloads of 30 releases by 20 teams, now and then with words that JSON escapes.
fn record(number: u64) -> Record {
    let time = Timestamp::from_millis(number.cast_signed() * 1_000);
    let mut event = Event::new(EventKind::DownloadDecided, time);
    event.team = format!("team-{}", number % 20).parse().ok();
    event.registry = number.is_multiple_of(2).then(RegistryName::crates_io);
    event.name = format!("Crate-{}", number % 10).parse().ok();
    event.version = Some(semver::Version::new(1, 0, number % 3));
    event.sha256 = Some(Checksum::of(&(number % 30).to_be_bytes()));
    event.decision = Some(Decision::ALL[(number % 3) as usize]);
    event.policy = number.is_multiple_of(5).then(|| Checksum::of(b"policy"));
    event.principal = number.is_multiple_of(7).then(|| r#"c0ffee "ci" \ "#.to_owned());
    event.rule = (number % 3 == 2).then(|| "advisory".to_owned());
    event.count = number.is_multiple_of(11).then_some(4);
    event.request_id = Some(RequestId::new(time, number));
    let client = Client {
        address: Some([192, 0, 2, (number % 200) as u8].into()),
        user_agent: Some(format!("cargo {number}")),
        salt: number.into(),
    };
    event.client = Some(client.commitment());
    Record { event, client: Some(client) }
}

async fn recorded(folder: &Path) -> SqliteAuditLog {
    let log = SqliteAuditLog::open(folder).unwrap();
    log.append((0..EVENTS).map(record).collect()).await.unwrap();
    log
}

async fn found(log: &SqliteAuditLog) -> Option<Contradiction> {
    log.contradiction(Arc::new(|_| ControlFlow::Continue(()))).await.unwrap()
}

/// Whoever owns the disk: no trigger and no foreign key stands in the way.
fn owner(folder: &Path) -> Connection {
    let direct = Connection::open(folder.join("audit.sqlite")).unwrap();
    direct.pragma_update(None, "foreign_keys", false).unwrap();
    direct.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
    direct
}

/// Makes a change, hands what is found then to `look`, and takes it back.
async fn changed(log: &SqliteAuditLog, direct: &Connection, change: &str, back: &str) -> String {
    assert!(direct.execute(change, []).unwrap() > 0, "{change}");
    let found = found(log).await.unwrap_or_else(|| panic!("{change} was not found"));
    direct.execute_batch(back).unwrap();
    found.to_string()
}

#[tokio::test]
async fn an_honest_record_has_none_while_it_grows_and_after_clients_were_erased() {
    let folder = tempfile::tempdir().unwrap();
    let log = recorded(folder.path()).await;
    let compared = Arc::new(AtomicU64::new(0));
    let so_far = {
        let compared = Arc::clone(&compared);
        move |events| {
            compared.fetch_max(events, Ordering::Relaxed);
            ControlFlow::Continue(())
        }
    };
    let (found_then, _) = tokio::join!(log.contradiction(Arc::new(so_far)), async {
        for number in EVENTS..EVENTS + 50 {
            log.append(vec![record(number)]).await.unwrap();
        }
    });
    assert_eq!(found_then.unwrap(), None);
    assert!(compared.load(Ordering::Relaxed) >= EVENTS);
    let team = "team-3".parse().ok();
    let whose = ClientFilter { team, ..ClientFilter::default() };
    assert!(log.forget_clients(&whose).await.unwrap() > 1_000);
    assert_eq!(found(&log).await, None);
    // Who looks at it can end it.
    let ended = log.contradiction(Arc::new(|_| ControlFlow::Break(()))).await;
    assert_eq!(ended.unwrap(), None);
}

#[tokio::test]
async fn bad_input_52_a_count_that_was_changed_removed_or_added_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = recorded(folder.path()).await;
    let direct = owner(folder.path());
    direct.execute_batch("CREATE TEMP TABLE before AS SELECT * FROM tally").unwrap();
    let back = "DELETE FROM tally; INSERT INTO tally SELECT * FROM temp.before";
    let mut chance = StdRng::seed_from_u64(52);
    for column in
        ["count + 1", "count - 1", "first + 1", "last - 1", "first_idx - 1", "last_idx + 1"]
    {
        let (name, _) = column.split_once(' ').unwrap();
        let row = chance.random_range(0..100);
        let change = format!(
            "UPDATE tally SET {name} = {column} WHERE (subject, asker) =
             (SELECT subject, asker FROM tally ORDER BY 1, 2 LIMIT 1 OFFSET {row})"
        );
        let told = changed(&log, &direct, &change, back).await;
        assert!(told.starts_with("what is counted of crate-"), "{change}: {told}");
        assert!(told.contains(" for the team team-"), "{change}: {told}");
    }
    // The first of several is named, by the event that it begins with.
    let all = "UPDATE tally SET count = count + 1";
    let told = changed(&log, &direct, all, back).await;
    assert!(told.contains("of crate-0 1.0.0 for the team team-0"), "{told}");
    assert!(told.contains("(entry 0)"), "{told}");
    let removed = "DELETE FROM tally WHERE first_idx = 17";
    let told = changed(&log, &direct, removed, back).await;
    assert!(told.contains("of crate-7 1.0.2 for the team team-17"), "{told}");
    assert!(told.contains("`trace` reads nothing of it, and the entries say "), "{told}");
    let added = "INSERT INTO tally SELECT min(subject), max(asker), 1, 0, 0, 3, 3 FROM tally
                 WHERE subject IN (SELECT id FROM subject WHERE crate = 'crate-0')
                 AND asker NOT IN (SELECT asker FROM tally WHERE subject = 1)";
    let told = changed(&log, &direct, added, back).await;
    assert!(told.contains("and the entries say nothing of it"), "{told}");
    // Another team is said to have received it.
    let moved = "UPDATE tally_group SET team = 'nobody' WHERE id = 4";
    let told =
        changed(&log, &direct, moved, "UPDATE tally_group SET team = 'team-3' WHERE id = 4").await;
    assert!(told.contains("was changed: `trace` reads"), "{told}");
    assert_eq!(found(&log).await, None);
}

#[tokio::test]
async fn bad_input_52_a_client_that_was_changed_or_added_is_named_and_an_erased_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = recorded(folder.path()).await;
    let direct = owner(folder.path());
    direct.execute_batch("CREATE TEMP TABLE before AS SELECT * FROM event_client").unwrap();
    let back = "DELETE FROM event_client; INSERT INTO event_client SELECT * FROM temp.before";
    for (change, index) in [
        ("UPDATE event_client SET address = '198.51.100.1' WHERE idx = 21007", 21_007),
        ("UPDATE event_client SET address = NULL WHERE idx IN (20000, 22499)", 20_000),
        ("UPDATE event_client SET user_agent = 'curl' WHERE idx = 22499", 22_499),
        ("UPDATE event_client SET salt = zeroblob(16) WHERE idx = 9", 9),
    ] {
        let told = changed(&log, &direct, change, back).await;
        assert!(told.contains(&format!("the client of entry {index} is not")), "{change}: {told}");
    }
    direct.execute_batch("DELETE FROM event_client WHERE idx % 3 = 0").unwrap();
    assert_eq!(found(&log).await, None);
    direct.execute_batch(back).unwrap();
    for slipped in [-1, EVENTS.cast_signed()] {
        let add = format!("UPDATE event_client SET idx = {slipped} WHERE idx = 5");
        let told = changed(&log, &direct, &add, back).await;
        assert!(told.contains("it was slipped in"), "{told}");
    }
    assert_eq!(found(&log).await, None);
}

#[tokio::test]
async fn bad_input_52_what_is_searched_for_is_named_wherever_it_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let log = recorded(folder.path()).await;
    let direct = owner(folder.path());
    let mut chance = StdRng::seed_from_u64(53);
    for (column, other) in
        [("time", "7"), ("kind", "'first-seen'"), ("team", "'nobody'"), ("subject", "NULL")]
    {
        let index = chance.random_range(0..EVENTS);
        let row = format!("UPDATE event SET {column} = {other} WHERE idx = {index}");
        let before: rusqlite::types::Value = direct
            .query_row(&format!("SELECT {column} FROM event WHERE idx = {index}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(direct.execute(&row, []).unwrap(), 1);
        assert_eq!(found(&log).await, Some(Contradiction::Searched { index }), "{row}");
        let back = format!("UPDATE event SET {column} = ?1 WHERE idx = {index}");
        direct.execute(&back, [before]).unwrap();
    }
    // A stretch hides the requests, or the times, of its events; one is gone; one is added.
    let stretches = "CREATE TEMP TABLE stretches AS SELECT * FROM stretch";
    direct.execute_batch(stretches).unwrap();
    let back = "DELETE FROM stretch; INSERT INTO stretch SELECT * FROM temp.stretches";
    for (change, index) in [
        ("UPDATE stretch SET requests = zeroblob(4000) WHERE n = 21", 21_000),
        ("UPDATE stretch SET latest = latest - 1 WHERE n = 2", 2_000),
        ("DELETE FROM stretch WHERE n = 20", 20_000),
        ("INSERT INTO stretch VALUES (22, 0, zeroblob(4000))", 22_000),
    ] {
        let told = changed(&log, &direct, change, back).await;
        assert!(told.contains(&format!("searched for of entry {index} ")), "{change}: {told}");
    }
    // An event that is no entry, and bytes that nobody received.
    let slipped =
        "INSERT INTO event SELECT -7, time, kind, team, subject, leaf FROM event WHERE idx = 7";
    let told = changed(&log, &direct, slipped, "DELETE FROM event WHERE idx < 0").await;
    assert!(told.contains("it was slipped in"), "{told}");
    let unheard =
        "INSERT INTO subject (crate, version, sha256) VALUES ('evil', '6.6.6', zeroblob(32))";
    let told = changed(&log, &direct, unheard, "DELETE FROM subject WHERE crate = 'evil'").await;
    assert_eq!(told, "evil 6.6.6 was added to what is on record: no entry is about it");
    assert_eq!(found(&log).await, None);
}

#[tokio::test]
async fn bad_input_52_an_index_that_leads_past_what_is_on_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..9_000).map(record).collect()).await.unwrap();
    log.close().await.unwrap();
    for (index, table, part) in [
        ("subject_by_crate", "subject", "(crate, version, sha256) WHERE crate <> 'crate-4'"),
        ("event_by_team", "event", "(team) WHERE team IS NOT NULL AND team <> 'team-3'"),
        ("stretch_by_time", "stretch", "(latest) WHERE n <> 7"),
    ] {
        let direct = owner(folder.path());
        let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
        let sql: String = direct.query_row(sql, [index], |row| row.get(0)).unwrap();
        let hide = format!("DROP INDEX {index}; CREATE INDEX {index} ON {table} {part}");
        direct.execute_batch(&hide).unwrap();
        // As it is now, and where the schema says that it was never touched.
        let log = SqliteAuditLog::open_read_only(folder.path()).unwrap();
        let told = found(&log).await.unwrap().to_string();
        assert!(told.contains(&format!("its index {index} was changed")), "{told}");
        direct.pragma_update(None, "writable_schema", true).unwrap();
        let hide = "UPDATE sqlite_schema SET sql = ?2 WHERE name = ?1";
        direct.execute(hide, [index, sql.as_str()]).unwrap();
        direct.close().unwrap();
        let log = SqliteAuditLog::open_read_only(folder.path()).unwrap();
        let told = found(&log).await.unwrap_or_else(|| panic!("{index} was not found"));
        let Contradiction::Hidden { table: named, told } = told else { panic!("{told}") };
        assert_eq!(named, table);
        assert!(told.contains(&format!(" index {index}")), "{told}");
        owner(folder.path()).execute_batch(&format!("REINDEX {index}")).unwrap();
        assert_eq!(found(&log).await, None);
    }
}

#[tokio::test]
async fn bad_input_52_an_index_or_a_guard_that_is_gone_or_foreign_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..10).map(record).collect()).await.unwrap();
    let direct = owner(folder.path());
    for (change, back, named) in [
        (
            "DROP INDEX event_by_team",
            "CREATE INDEX event_by_team ON event (team) WHERE team IS NOT NULL",
            "its index event_by_team was removed",
        ),
        (
            "DROP TRIGGER tile_is_never_removed",
            "CREATE TRIGGER tile_is_never_removed BEFORE DELETE ON tile
BEGIN
    SELECT raise(ABORT, 'full tiles are never removed');
END",
            "its trigger tile_is_never_removed was removed",
        ),
        (
            "CREATE TRIGGER \"quiet\u{1b}\" BEFORE INSERT ON event BEGIN SELECT raise(IGNORE); END",
            "DROP TRIGGER \"quiet\u{1b}\"",
            "its trigger quiet\\u{1b} was added",
        ),
    ] {
        direct.execute_batch(change).unwrap();
        let told =
            found(&log).await.unwrap_or_else(|| panic!("{change} was not found")).to_string();
        assert!(told.contains(named), "{change}: {told}");
        direct.execute_batch(back).unwrap();
        // What helps SQLite to choose an index is nobody's change.
        direct.execute_batch("ANALYZE").unwrap();
        assert_eq!(found(&log).await, None);
    }
}

#[tokio::test]
async fn bad_input_52_what_belongs_to_nothing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteAuditLog::open(folder.path()).unwrap();
    log.append((0..100).map(record).collect()).await.unwrap();
    let direct = owner(folder.path());
    let ghost =
        "INSERT INTO tally_group (team, registry, principal, decision, rule, waiver, policy)
                 VALUES ('ghost', '', '', 'allow', '', '', x'')";
    let back = "DELETE FROM tally_group WHERE team = 'ghost'";
    let told = changed(&log, &direct, ghost, back).await;
    assert!(told.contains("added for the team ghost"), "{told}");
    for (row, parent) in [("999, 1", "subject"), ("1, 999", "tally_group")] {
        let orphan = format!("INSERT INTO tally VALUES ({row}, 1, 0, 0, 0, 0)");
        let back = "DELETE FROM tally WHERE 999 IN (subject, asker)";
        let told = changed(&log, &direct, &orphan, back).await;
        assert!(told.contains(&format!("in {parent} is not there")), "{told}");
    }
    assert_eq!(found(&log).await, None);
}

#[tokio::test]
async fn a_file_that_is_no_database_any_more_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path()).await.close().await.unwrap();
    let log = SqliteAuditLog::open_read_only(folder.path()).unwrap();
    let database = folder.path().join("audit.sqlite");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 65_536].fill(0xff);
    std::fs::write(&database, bytes).unwrap();
    let so_far = Arc::new(|_| ControlFlow::Continue(()));
    let damaged = log.contradiction(so_far).await.unwrap_err();
    assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged:?}");
}
