//! What the doors and the pages go by stands beside the record: whoever changes it there is found out.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/demo.rs"]
mod demo;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;

use cli_support::{Ran, run};
use demo::Demo;
use depaudit_testkit::{CrateFile, FakeUpstream};
use rusqlite::Connection;
use server::Server;

fn verify(data: &Path) -> Ran {
    run(data, &["ledger", "verify", "--data", "."])
}

/// A copy of a data folder's databases and key.
fn copy(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in data.read_dir().unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    copy
}

/// Changes a database as somebody does who knows how it is made: a guard is as it was afterwards.
fn change(data: &Path, file: &str, sql: &str) {
    let database = Connection::open(data.join(file)).unwrap();
    let guards: Vec<(String, String)> = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, _) in &guards {
        database.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    database.execute_batch(sql).unwrap();
    assert!(database.changes() > 0 || sql.starts_with("CREATE"), "{sql} changed nothing");
    for (_, made) in &guards {
        database.execute_batch(made).unwrap();
    }
}

/// What each change behind the server's back is found out by.
const CHANGES: [(&str, &str, &str); 20] = [
    (
        "meta.sqlite",
        "UPDATE pin SET sha256 = zeroblob(32) WHERE crate = 'ledgerline' AND version = '1.2.0'",
        "ledgerline 1.2.0 of crates-io was first seen with",
    ),
    ("meta.sqlite", "UPDATE waiver SET team = NULL", "does not tell of it as it is kept"),
    (
        "meta.sqlite",
        "UPDATE waiver SET expires = expires + 86400000",
        "does not tell of it as it is kept",
    ),
    (
        "meta.sqlite",
        "UPDATE waiver SET lifts = lifts || ' upstream-changed'",
        "does not tell of it as it is kept",
    ),
    (
        "meta.sqlite",
        "UPDATE waiver SET granted_by = 'local:eve (1003)' WHERE ended IS NULL",
        "no entry says that local:eve (1003) granted it",
    ),
    (
        "meta.sqlite",
        "INSERT INTO waiver (id, registry, crate, requirement, owner, reason, expires, proposed_by,
                             proposed, granted_by, granted)
         VALUES ('00000000ff', 'crates-io', 'ledgerline', '*', 'eve', 'so', 4102444800000, 'eve', 1, 'lee', 2)",
        "the waiver 00000000ff was added or changed",
    ),
    (
        "meta.sqlite",
        "UPDATE waiver SET ended = NULL, ended_by = NULL, ended_for = NULL WHERE ended IS NOT NULL",
        "and opens the doors: it was opened again",
    ),
    ("meta.sqlite", "UPDATE token SET scope = 'admin'", "no entry says that it was made"),
    ("meta.sqlite", "UPDATE token SET team = 'search'", "no entry says that it was made"),
    (
        "meta.sqlite",
        "UPDATE token SET expires = NULL
         WHERE id IN (SELECT rotated_from FROM token WHERE rotated_from IS NOT NULL)",
        "gave way to another by entry",
    ),
    (
        "meta.sqlite",
        "INSERT INTO session (sha256, token, created, used, ends)
         SELECT randomblob(32), id, 1, 1, 4102444800000 FROM token LIMIT 1",
        "no entry tells of that login",
    ),
    (
        "meta.sqlite",
        "DELETE FROM pin WHERE crate = 'ledgerline' AND version = '1.2.0'",
        "what is pinned of ledgerline of crates-io was removed",
    ),
    ("meta.sqlite", "UPDATE token SET sha256 = randomblob(32)", "has another text than the one"),
    (
        "meta.sqlite",
        "UPDATE token SET expires = NULL
         WHERE id NOT IN (SELECT rotated_from FROM token WHERE rotated_from IS NOT NULL)",
        "lasts for ever, longer than the record says",
    ),
    (
        "meta.sqlite",
        "UPDATE token SET revoked = NULL WHERE revoked IS NOT NULL",
        "and is kept as if not",
    ),
    ("meta.sqlite", "UPDATE report SET team = 'search' WHERE team = 'mobile'", "was added: no entry"),
    ("meta.sqlite", "UPDATE report SET repository = 'acme/other'", "is filed elsewhere"),
    (
        "meta.sqlite",
        "UPDATE report SET body = (SELECT body FROM report WHERE team = 'mobile')
         WHERE team = 'search'",
        "was changed: its content is another one",
    ),
    (
        "meta.sqlite",
        "CREATE TRIGGER quiet AFTER INSERT ON waiver BEGIN DELETE FROM waiver WHERE id = NEW.id; END",
        "meta.sqlite was rebuilt: its trigger quiet was added",
    ),
    (
        "audit.sqlite",
        "DELETE FROM event_client WHERE idx = (SELECT max(idx) FROM event_client)",
        "who asked was erased by other means",
    ),
];

#[test]
fn bad_input_52_what_is_changed_beside_the_record_is_found_and_named() {
    let kept = tempfile::tempdir().unwrap();
    Demo::start(&["--keep", kept.path().to_str().unwrap()]).stop();
    let data = kept.path().join("depaudit-data");
    let create = ["token", "create", "--team", "mobile", "--scope", "read", "--data", "."];
    for more in [&["--expires", "30d"][..], &[]] {
        let made = run(&data, &[&create[..], more].concat());
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    let listed = run(&data, &["token", "list", "--json", "--data", "."]).out;
    let ids: Vec<String> = listed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].to_string())
        .collect();
    let [first, last] = [0, 1].map(|place| ids[place].trim_matches('"'));
    let waiver = |arguments: &[&str]| {
        let ran = run(&data, &[&["waiver"], arguments, &["--data", "."]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?} {ran:?}");
        ran.out
    };
    let about = ["add", "wirefmt@2.0.0", "--team", "mobile", "--owner", "ann", "--reason", "r"];
    let added =
        waiver(&[&about[..], &["--expires", "9d", "--policy", "../depaudit.toml"]].concat());
    let id = added.split_whitespace().nth(1).unwrap();
    waiver(&["end", id, "--reason", "done"]);
    for arguments in [
        vec!["token", "revoke", last, "--data", "."],
        vec!["token", "rotate", first, "--data", "."],
        vec!["ledger", "forget", "--team", "search", "--yes", "--data", "."],
    ] {
        let ran = run(&data, &arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?} {ran:?}");
    }
    let whole = verify(&data);
    assert_eq!(whole.code, Some(0), "{whole:?}");

    for (file, sql, told) in CHANGES {
        let copy = copy(&data);
        change(copy.path(), file, sql);
        let ran = verify(copy.path());
        assert_eq!(ran.code, Some(1), "{sql}: {ran:?}");
        assert!(ran.out.contains(told), "{sql}: {ran:?}");
    }
    // The record alone, as a copy of it elsewhere, says nothing of what is not there.
    let copy = copy(&data);
    fs::remove_file(copy.path().join("meta.sqlite")).unwrap();
    assert_eq!(verify(copy.path()).code, Some(0));
}

#[test]
fn nothing_is_written_to_a_database_that_has_somebody_elses_trigger() {
    let kept = tempfile::tempdir().unwrap();
    Demo::start(&["--keep", kept.path().to_str().unwrap()]).stop();
    let data = kept.path().join("depaudit-data");
    let create = ["token", "create", "--team", "mobile", "--scope", "read", "--data", "."];
    for file in ["audit.sqlite", "meta.sqlite"] {
        let copy = copy(&data);
        let (table, column) = match file {
            "audit.sqlite" => ("event", "kind"),
            _ => ("waiver", "owner"),
        };
        let trigger = format!("CREATE TRIGGER quiet AFTER INSERT ON {table} BEGIN SELECT 1; END");
        change(copy.path(), file, &trigger);
        let ran = run(copy.path(), &create);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let told = format!("nothing is written to the {file} in .: its trigger quiet was added");
        assert!(ran.err.contains(&told), "{ran:?}");
        // An index of one's own harms nobody.
        let database = Connection::open(copy.path().join(file)).unwrap();
        database.execute_batch("DROP TRIGGER quiet").unwrap();
        database.execute_batch(&format!("CREATE INDEX mine ON {table} ({column})")).unwrap();
        let ran = run(copy.path(), &create);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_6_a_pin_that_was_removed_comes_back_from_the_record() {
    let data = tempfile::tempdir().unwrap();
    let download = async |server: &Server| {
        let url = format!("{}/t/payments/crates-io/crates/foo/1.0.0/download", server.address);
        client::get(url).send().await.unwrap().status().as_u16()
    };
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    upstream.publish(CrateFile::new("foo", "1.0.1"));
    let server = Server::start(data.path(), &upstream, &[]);
    assert_eq!(download(&server).await, 200);
    server.signal("-TERM");
    server.end();
    change(data.path(), "meta.sqlite", "DELETE FROM pin WHERE version = '1.0.0'");
    change(data.path(), "meta.sqlite", "DELETE FROM index_entry");
    change(data.path(), "meta.sqlite", "DELETE FROM blob");

    let other = FakeUpstream::start();
    other.publish(CrateFile::new("foo", "1.0.0").file("src/more.rs", "// not what it was"));
    other.publish(CrateFile::new("foo", "1.0.1"));
    let server = Server::start(data.path(), &other, &[]);
    assert_ne!(download(&server).await, 200, "other bytes went out");
    server.signal("-TERM");
    server.end();
    let log = run(data.path(), &["log", "--json", "--data", "."]).out;
    assert!(log.contains("checksum-conflict"), "{log}");
    assert_eq!(verify(data.path()).code, Some(0), "and what was removed is back");
}
