use depaudit_model::Checksum;
use depaudit_model::cargo::Release;
use rusqlite::{Connection, Row, params};

use super::columns::{amount, checksum, moment, word};
use crate::BlobUse;

pub(super) fn record(batch: &Connection, blob: &BlobUse) -> rusqlite::Result<()> {
    let BlobUse { digest, size, registry, release, stored, used } = blob;
    batch
        .prepare_cached(
            "INSERT INTO blob (sha256, size, used) VALUES (?1, ?2, ?3)
             ON CONFLICT (sha256) DO UPDATE SET used = excluded.used",
        )?
        .execute(params![digest.as_bytes(), size.cast_signed(), used.as_millis()])?;
    batch
        .prepare_cached(
            "INSERT OR IGNORE INTO blob_release (sha256, registry, crate, name, version, stored)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            digest.as_bytes(),
            registry.as_str(),
            release.name.index_key(),
            release.name.as_str(),
            release.version.to_string(),
            stored.as_millis(),
        ])
        .map(drop)
}

/// Each blob once, with the release it was first stored for: SQLite takes the other columns of a
/// group from the row that has the minimum.
pub(super) fn least_recently_used(
    connection: &Connection,
    most: usize,
) -> rusqlite::Result<Vec<BlobUse>> {
    connection
        .prepare_cached(
            "SELECT sha256, size, used, registry, name, version, min(stored) AS stored
             FROM (SELECT sha256, size, used FROM blob ORDER BY used LIMIT ?1)
                 JOIN blob_release USING (sha256)
             GROUP BY sha256 ORDER BY used",
        )?
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], blob_use)?
        .collect()
}

pub(super) fn of_crate(
    connection: &Connection,
    crate_key: &str,
    version: Option<&str>,
) -> rusqlite::Result<Vec<BlobUse>> {
    connection
        .prepare_cached(
            "SELECT sha256, size, used, registry, name, version, stored
             FROM blob_release JOIN blob USING (sha256)
             WHERE crate = ?1 AND (?2 IS NULL OR version = ?2)",
        )?
        .query_map(params![crate_key, version], blob_use)?
        .collect()
}

pub(super) fn forget(batch: &Connection, digest: &Checksum) -> rusqlite::Result<()> {
    batch
        .prepare_cached("DELETE FROM blob WHERE sha256 = ?1")?
        .execute([digest.as_bytes()])
        .map(drop)
}

/// Blobs and their bytes.
pub(super) fn totals(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    connection.query_row(
        "SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blob",
        [],
        |row| Ok((amount(row, "blobs")?, amount(row, "bytes")?)),
    )
}

fn blob_use(row: &Row<'_>) -> rusqlite::Result<BlobUse> {
    Ok(BlobUse {
        digest: checksum(row)?,
        size: amount(row, "size")?,
        registry: word(row, "registry")?,
        release: Release { name: word(row, "name")?, version: word(row, "version")? },
        stored: moment(row, "stored")?,
        used: moment(row, "used")?,
    })
}
