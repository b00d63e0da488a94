//! The embedded databases: `audit.sqlite` holds what happened, `meta.sqlite` what the cache knows.
//!
//! Each has one writer, a thread that commits what many tasks hand it in groups, and a few readers
//! that neither wait for it nor hold it up (SQLite's WAL mode). Other processes may write and read
//! the same files meanwhile.

mod audit_log;
mod change_watch;
mod database;
mod meta_store;
mod migrations;
mod readers;
mod structure;
mod writer;

pub use audit_log::SqliteAuditLog;
pub use meta_store::SqliteMetaStore;

use rusqlite::ErrorCode;

use crate::StoreError;

/// Turns SQLite's word into ours. Its text may quote SQL, so it goes behind the error, to the log.
fn failed(operation: &'static str, error: rusqlite::Error) -> StoreError {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    let damaged = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Some("the file is malformed"),
        Some(_) => None,
        None => matches!(
            error,
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
        )
        .then_some("a value is none that depaudit writes"),
    };
    match damaged {
        Some(how) => StoreError::Damaged { what: format!("cannot {operation}, {how}") },
        None => StoreError::unavailable(operation, error),
    }
}
