//! Records as older versions of depaudit have left them.

use std::path::Path;

use rusqlite::{Connection, params};

/// The steps of the format, as they stand in the migrations.
const STEPS: [&str; 3] = [
    include_str!("../../../migrations/sqlite/audit/0001_events.sql"),
    include_str!("../../../migrations/sqlite/audit/0002_tree.sql"),
    include_str!("../../../migrations/sqlite/audit/0003_tallies.sql"),
];

/// Writes the events of the record in `from` into a new one in the folder `to`, of the format that
/// `step` led to.
pub(crate) fn copy(from: &Path, to: &Path, step: usize) {
    let file = Connection::open(to.join("audit.sqlite")).unwrap();
    file.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    // What a later step makes of the events, it makes of those that are there.
    let (first, later) = STEPS[..step].split_at(1);
    first.iter().for_each(|step| file.execute_batch(step).unwrap());
    file.execute("ATTACH ?1 AS newer", params![from.to_str().unwrap()]).unwrap();
    for table in ["subject", "event", "event_client"] {
        file.execute_batch(&format!(
            "INSERT INTO main.{table} SELECT * FROM newer.{table} ORDER BY 1"
        ))
        .unwrap();
    }
    file.execute_batch("DETACH newer").unwrap();
    later.iter().for_each(|step| file.execute_batch(step).unwrap());
    file.pragma_update(None, "user_version", step as i64).unwrap();
}
