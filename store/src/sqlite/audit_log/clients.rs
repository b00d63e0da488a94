//! Who asked, and its erasure.

use depaudit_model::Timestamp;
use rusqlite::{Connection, Params};

use crate::ClientFilter;

/// So many events' clients are erased by one transaction: a server that appends waits for it.
pub(super) const AT_ONCE: u64 = 20_000;

/// The rows between two indices that match; `?1` to `?5`.
macro_rules! matching {
    ($verb:literal) => {
        concat!(
            $verb,
            " FROM event_client WHERE idx >= ?1 AND idx < ?2
              AND (?3 IS NULL OR address = ?3)
              AND (?4 IS NULL AND ?5 IS NULL OR EXISTS (
                  SELECT 1 FROM event WHERE event.idx = event_client.idx
                  AND (?4 IS NULL OR team = ?4) AND (?5 IS NULL OR time < ?5)))"
        )
    };
}

fn values(whose: &ClientFilter, from: u64, to: u64) -> impl Params {
    let ClientFilter { team, address, before, .. } = whose;
    (
        from.cast_signed(),
        to.cast_signed(),
        address.map(|address| address.to_string()),
        team.as_ref().map(|team| team.as_str().to_owned()),
        before.map(Timestamp::as_millis),
    )
}

/// How many clients between two indices match.
pub(super) fn count(
    connection: &Connection,
    whose: &ClientFilter,
    from: u64,
    to: u64,
) -> rusqlite::Result<u64> {
    let mut count = connection.prepare_cached(matching!("SELECT count(*)"))?;
    count.query_row(values(whose, from, to), |row| row.get(0)).map(i64::cast_unsigned)
}

/// Erases the clients between two indices that match; gives how many these were.
pub(super) fn erase(
    batch: &Connection,
    whose: &ClientFilter,
    from: u64,
    to: u64,
) -> rusqlite::Result<u64> {
    let mut delete = batch.prepare_cached(matching!("DELETE"))?;
    delete.execute(values(whose, from, to)).map(|erased| erased as u64)
}
