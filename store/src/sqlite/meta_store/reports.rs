use bytes::Bytes;
use depaudit_model::{Checksum, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{checksum, moment, word};
use crate::{KeptReport, ReportRetention};

pub(super) fn put(batch: &Connection, report: &KeptReport) -> rusqlite::Result<u64> {
    batch
        .prepare_cached(
            "INSERT OR IGNORE INTO report (sha256, team, repository, branch, time, received, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            report.digest.as_bytes(),
            report.team.as_str(),
            report.repository,
            report.branch,
            report.time.as_millis(),
            report.received.as_millis(),
            &report.body[..],
        ])
        .map(|added| added as u64)
}

pub(super) fn has(connection: &Connection, digest: &Checksum) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM report WHERE sha256 = ?1")?
        .query_row([digest.as_bytes()], |_| Ok(()))
        .optional()
        .map(|found| found.is_some())
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<KeptReport>> {
    connection
        .prepare_cached("SELECT * FROM report ORDER BY time, sha256")?
        .query_map([], report)?
        .collect()
}

/// From the index over the digests alone.
pub(super) fn digests(connection: &Connection) -> rusqlite::Result<Vec<Checksum>> {
    connection.prepare_cached("SELECT sha256 FROM report")?.query_map([], checksum)?.collect()
}

pub(super) fn one(
    connection: &Connection,
    digest: &Checksum,
) -> rusqlite::Result<Option<KeptReport>> {
    connection
        .prepare_cached("SELECT * FROM report WHERE sha256 = ?1")?
        .query_row([digest.as_bytes()], report)
        .optional()
}

/// How many reports were forgotten.
pub(super) fn forget(batch: &Connection, keep: ReportRetention) -> rusqlite::Result<u64> {
    let aged = batch
        .prepare_cached(
            "DELETE FROM report WHERE time < ?1 AND EXISTS (
                 SELECT 1 FROM report AS newer
                 WHERE newer.team = report.team AND newer.repository = report.repository
                   AND newer.branch = report.branch
                   AND (newer.time, newer.sha256) > (report.time, report.sha256)
             )",
        )?
        .execute([keep.before.as_millis()])?;
    let crowded = batch
        .prepare_cached(
            "DELETE FROM report WHERE sha256 IN (
                 SELECT sha256 FROM (
                     SELECT sha256, row_number() OVER (
                         PARTITION BY team ORDER BY time DESC, sha256 DESC
                     ) AS place FROM report
                 ) WHERE place > ?1
             )",
        )?
        .execute([keep.most_of_a_team])?;
    Ok((aged + crowded) as u64)
}

fn report(row: &Row<'_>) -> rusqlite::Result<KeptReport> {
    Ok(KeptReport {
        digest: checksum(row)?,
        team: word(row, "team")?,
        repository: row.get("repository")?,
        branch: row.get("branch")?,
        time: Timestamp::from_millis(row.get("time")?),
        received: moment(row, "received")?,
        body: Bytes::from(row.get::<_, Vec<u8>>("body")?),
    })
}
