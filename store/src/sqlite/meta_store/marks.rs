use depaudit_model::Checksum;
use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{amount, moment};
use crate::PolicyMark;

pub(super) fn set(batch: &Connection, mark: &PolicyMark) -> rusqlite::Result<()> {
    let PolicyMark { digest, told, since, index } = mark;
    batch
        .prepare_cached(
            "INSERT OR REPLACE INTO policy_mark (one, digest, told, since, idx)
             VALUES (1, ?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            digest.as_ref().map(Checksum::as_bytes),
            told,
            since.as_millis(),
            index.cast_signed(),
        ])
        .map(drop)
}

pub(super) fn get(connection: &Connection) -> rusqlite::Result<Option<PolicyMark>> {
    connection
        .prepare_cached("SELECT digest, told, since, idx FROM policy_mark")?
        .query_row([], |row| {
            let digest: Option<[u8; 32]> = row.get("digest")?;
            Ok(PolicyMark {
                digest: digest.map(Checksum::from_bytes),
                told: row.get("told")?,
                since: moment(row, "since")?,
                index: amount(row, "idx")?,
            })
        })
        .optional()
}
