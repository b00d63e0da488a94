//! The checkpoints that were signed.

use depaudit_model::Timestamp;
use rusqlite::{Connection, params};

use crate::KeptCheckpoint;

/// Puts it in the place of those that need not stay.
pub(super) fn keep(batch: &Connection, checkpoint: &KeptCheckpoint) -> rusqlite::Result<()> {
    let KeptCheckpoint { size, time, stays, note } = checkpoint;
    batch
        .prepare_cached("DELETE FROM checkpoint WHERE kept = 0 AND size <= ?1")?
        .execute([size.cast_signed()])?;
    // The same size signed again: by another key, or by a witness as well.
    batch
        .prepare_cached(
            "INSERT INTO checkpoint (size, time, kept, note) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (size) DO UPDATE
             SET time = excluded.time, kept = max(kept, excluded.kept), note = excluded.note",
        )?
        .execute(params![size.cast_signed(), time.as_millis(), stays, note])?;
    Ok(())
}

/// Lets the next one take its place.
pub(super) fn release(batch: &Connection, size: u64) -> rusqlite::Result<()> {
    batch
        .prepare_cached("UPDATE checkpoint SET kept = 0 WHERE size = ?1")?
        .execute([size.cast_signed()])?;
    Ok(())
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<KeptCheckpoint>> {
    let mut statement =
        connection.prepare_cached("SELECT size, time, kept, note FROM checkpoint ORDER BY size")?;
    let rows = statement.query_map([], |row| {
        let size: i64 = row.get(0)?;
        Ok(KeptCheckpoint {
            size: size.cast_unsigned(),
            time: Timestamp::from_millis(row.get(1)?),
            stays: row.get(2)?,
            note: row.get(3)?,
        })
    })?;
    rows.collect()
}
