//! What a metadata database keeps that an older depaudit has written.

use depaudit_model::Timestamp;
use depaudit_store::sqlite::SqliteMetaStore;
use depaudit_store::{MetaStore, WaiverAbout};
use rusqlite::Connection;

/// The steps of the format before waivers named what they lift.
const STEPS: [&str; 6] = [
    include_str!("../../migrations/sqlite/meta/0001_cache.sql"),
    include_str!("../../migrations/sqlite/meta/0002_tokens.sql"),
    include_str!("../../migrations/sqlite/meta/0003_waivers.sql"),
    include_str!("../../migrations/sqlite/meta/0004_oidc.sql"),
    include_str!("../../migrations/sqlite/meta/0005_reports.sql"),
    include_str!("../../migrations/sqlite/meta/0006_sessions.sql"),
];

const ROWS: &str = "
INSERT INTO waiver (id, registry, crate, requirement, owner, reason, expires, proposed_by, proposed, ended_by, ended)
VALUES ('00000000aa', 'crates-io', 'foo', '=1.0.0', 'ann', 'a release', 9000, 'ann', 1, 'ann', 2);
INSERT INTO waiver (id, registry, advisory, owner, reason, expires, proposed_by, proposed)
VALUES ('00000000bb', 'crates-io', 'RUSTSEC-2026-0001', 'ann', 'not reached', 9001, 'ann', 1);
INSERT INTO review (registry, crate, version, name, sha256, rule, reason, first, last, times, teams)
VALUES ('crates-io', 'foo', '1.0.0', 'foo', zeroblob(32), 'denied', 'it leaks', 1, 5, 4, 'payments'),
       ('crates-io', 'bar', '1.0.0', 'bar', zeroblob(32), 'denied', 'one of them', 1, 9, 7, 'pay payments');";

#[tokio::test]
async fn waivers_and_the_queue_of_an_older_depaudit_are_read_and_lift_no_word_about_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let older = Connection::open(folder.path().join("meta.sqlite")).unwrap();
    older.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    STEPS.iter().for_each(|step| older.execute_batch(step).unwrap());
    older.execute_batch(ROWS).unwrap();
    older.pragma_update(None, "user_version", 6).unwrap();
    drop(older);

    let store = SqliteMetaStore::open(folder.path()).unwrap();
    let waivers = store.waivers().await.unwrap();
    let WaiverAbout::Release { lifts, .. } = &waivers[0].about else { panic!("{waivers:?}") };
    assert!(lifts.iter().any(|rule| rule == "denied"), "{lifts:?}");
    assert!(lifts.iter().all(|rule| rule != "upstream-changed" && rule != "checksum"), "{lifts:?}");
    assert!(waivers[0].ended.is_some());
    assert_eq!(waivers[1].about.lifts(), "advisory");

    let asked = store.asked_for().await.unwrap();
    let told: Vec<_> = asked
        .iter()
        .map(|it| {
            (it.release.to_string(), it.teams[0].as_str(), it.times, it.first, it.reason.as_str())
        })
        .collect();
    let at = Timestamp::from_millis;
    // How often each of several asked was never known: once at least.
    assert_eq!(
        told,
        [
            ("bar@1.0.0".to_owned(), "pay", 1, at(9), ""),
            ("bar@1.0.0".to_owned(), "payments", 1, at(9), ""),
            ("foo@1.0.0".to_owned(), "payments", 4, at(1), "it leaks"),
        ]
    );
}
