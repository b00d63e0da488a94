//! Reads the shared words out of columns. What is no such word was not written by depaudit: an
//! error, never a panic or a guess.

use std::error::Error;
use std::str::FromStr;

use depaudit_model::{Checksum, Timestamp};
use rusqlite::Row;
use rusqlite::types::Type;

pub(super) fn word<T>(row: &Row<'_>, column: &str) -> rusqlite::Result<T>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        let place = row.as_ref().column_index(column).unwrap_or_default();
        rusqlite::Error::FromSqlConversionFailure(place, Type::Text, Box::new(error))
    })
}

pub(super) fn checksum(row: &Row<'_>) -> rusqlite::Result<Checksum> {
    row.get("sha256").map(Checksum::from_bytes)
}

pub(super) fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// Sizes and counts: never negative, and exact in SQLite's 64 bits.
pub(super) fn amount(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}
