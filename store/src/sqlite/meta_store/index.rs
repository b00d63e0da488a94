use bytes::Bytes;
use depaudit_model::RegistryName;
use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{amount, checksum, moment, word};
use super::notes::IndexKey;
use crate::{IndexEntry, Pin, PinnedRelease, Validators};

pub(super) fn entry(
    connection: &Connection,
    IndexKey { registry, crate_key }: &IndexKey,
) -> rusqlite::Result<Option<IndexEntry>> {
    connection
        .prepare_cached(
            "SELECT body, etag, last_modified, confirmed FROM index_entry
             WHERE registry = ?1 AND crate = ?2",
        )?
        .query_row(params![registry.as_str(), crate_key], |row| {
            let validators =
                Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? };
            let body = Bytes::from(row.get::<_, Vec<u8>>("body")?);
            Ok(IndexEntry { body, validators, confirmed: moment(row, "confirmed")? })
        })
        .optional()
}

pub(super) fn put_entry(
    batch: &Connection,
    IndexKey { registry, crate_key }: &IndexKey,
    IndexEntry { body, validators, confirmed }: &IndexEntry,
) -> rusqlite::Result<()> {
    batch
        .prepare_cached(
            "INSERT INTO index_entry
                 (registry, crate, confirmed, etag, last_modified, size, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (registry, crate) DO UPDATE SET
                 confirmed = excluded.confirmed, etag = excluded.etag,
                 last_modified = excluded.last_modified, size = excluded.size,
                 body = excluded.body",
        )?
        .execute(params![
            registry.as_str(),
            crate_key,
            confirmed.as_millis(),
            validators.etag,
            validators.last_modified,
            (body.len() as u64).cast_signed(),
            &body[..],
        ])
        .map(drop)
}

pub(super) fn put_pins(
    batch: &Connection,
    IndexKey { registry, crate_key }: &IndexKey,
    pins: &[Pin],
) -> rusqlite::Result<()> {
    let mut pin = batch.prepare_cached(
        "INSERT OR IGNORE INTO pin (registry, crate, version, sha256) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for Pin { version, checksum } in pins {
        let version = version.to_string();
        pin.execute(params![registry.as_str(), crate_key, version, checksum.as_bytes()])?;
    }
    Ok(())
}

pub(super) fn pins(
    connection: &Connection,
    IndexKey { registry, crate_key }: &IndexKey,
) -> rusqlite::Result<Vec<Pin>> {
    connection
        .prepare_cached("SELECT version, sha256 FROM pin WHERE registry = ?1 AND crate = ?2")?
        .query_map(params![registry.as_str(), crate_key], |row| {
            Ok(Pin { version: word(row, "version")?, checksum: checksum(row)? })
        })?
        .collect()
}

/// By the primary key.
pub(super) fn all_pins(
    connection: &Connection,
    after: Option<&PinnedRelease>,
    most: usize,
) -> rusqlite::Result<Vec<PinnedRelease>> {
    // Nothing comes before the empty text.
    let after =
        after.map(|it| (it.registry.to_string(), it.name.index_key(), it.pin.version.to_string()));
    let (registry, key, version) = after.unwrap_or_default();
    connection
        .prepare_cached(
            "SELECT registry, crate, version, sha256 FROM pin
             WHERE (registry, crate, version) > (?1, ?2, ?3)
             ORDER BY registry, crate, version LIMIT ?4",
        )?
        .query_map(
            params![registry, key, version, i64::try_from(most).unwrap_or(i64::MAX)],
            |row| {
                let pin = Pin { version: word(row, "version")?, checksum: checksum(row)? };
                Ok(PinnedRelease {
                    registry: word(row, "registry")?,
                    name: word(row, "crate")?,
                    pin,
                })
            },
        )?
        .collect()
}

/// Gives how many entries there were.
pub(super) fn forget(
    batch: &Connection,
    registry: &RegistryName,
    key: Option<&IndexKey>,
) -> rusqlite::Result<u64> {
    let forgotten = match key {
        Some(IndexKey { registry, crate_key }) => batch.execute(
            "DELETE FROM index_entry WHERE registry = ?1 AND crate = ?2",
            params![registry.as_str(), crate_key],
        ),
        None => {
            batch.execute("DELETE FROM index_entry WHERE registry = ?1", params![registry.as_str()])
        }
    };
    forgotten.map(|count| count as u64)
}

/// Entries, their bytes, and pins.
pub(super) fn totals(connection: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    connection.query_row(
        "SELECT count(*) AS entries, coalesce(sum(size), 0) AS bytes,
                (SELECT count(*) FROM pin) AS pins
         FROM index_entry",
        [],
        |row| Ok((amount(row, "entries")?, amount(row, "bytes")?, amount(row, "pins")?)),
    )
}
