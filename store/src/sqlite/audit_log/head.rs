//! Who vouches for what is behind the newest checkpoint.

use depaudit_ledger::{Edge, Seal, SealKey};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Head;

/// What was sealed last; nothing in a record that nobody with a key has written to.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    connection
        .prepare_cached("SELECT size, seal FROM head")?
        .query_row([], |row| {
            let (size, seal): (i64, _) = (row.get(0)?, row.get(1)?);
            Ok(Head { size: size.cast_unsigned(), seal: Seal::from_bytes(seal) })
        })
        .optional()
}

/// Seals the log, in the transaction that lets it grow.
pub(super) fn write(batch: &Connection, key: &SealKey, log: &Edge) -> rusqlite::Result<()> {
    batch
        .prepare_cached("INSERT OR REPLACE INTO head (one, size, seal) VALUES (1, ?1, ?2)")?
        .execute(params![log.size().cast_signed(), key.seal(log).as_bytes()])?;
    Ok(())
}
