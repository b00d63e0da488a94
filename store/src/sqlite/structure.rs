//! How a database is built: an index that leads to a part of its table hides the rest, a guard that is
//! gone guards nothing, and one that was added changes what is written.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::migrations::Format;
use crate::Contradiction;

/// Kind and name, and what that is built on and how.
type Parts = BTreeMap<(String, String), (String, Option<String>)>;

// What ANALYZE leaves only changes how fast something is found.
const PARTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema
                     WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))
                     ORDER BY type, name";

/// The first table, index or trigger that is not as the migrations make it.
pub(super) fn rebuilt(
    connection: &Connection,
    format: &'static Format,
) -> rusqlite::Result<Option<Contradiction>> {
    let other = first_other(connection, format, |_| true)?;
    Ok(other.map(|(what, how)| Contradiction::Rebuilt { database: format.file, what, how }))
}

/// The first trigger or view that is not as the migrations make it: SQL of somebody else's, which runs
/// with what we write or read. An index of one's own harms nobody.
pub(super) fn other_code(
    connection: &Connection,
    format: &'static Format,
) -> rusqlite::Result<Option<(String, &'static str)>> {
    // SQLite reads the kind in any case.
    let runs = |kind: &str| ["trigger", "view"].iter().any(|it| it.eq_ignore_ascii_case(kind));
    first_other(connection, format, runs)
}

fn first_other(
    connection: &Connection,
    format: &'static Format,
    counts: impl Fn(&str) -> bool,
) -> rusqlite::Result<Option<(String, &'static str)>> {
    let mut made = Connection::open_in_memory()?;
    format.migrate(&mut made)?;
    let (mut expected, found) = (parts(&made, &counts)?, parts(connection, &counts)?);
    // The name may be anybody's.
    let told = |(kind, name): (String, String)| format!("{kind} {}", name.escape_debug());
    for (part, is) in found {
        match expected.remove(&part) {
            None => return Ok(Some((told(part), "added"))),
            Some(as_made) if as_made != is => return Ok(Some((told(part), "changed"))),
            Some(_) => {}
        }
    }
    Ok(expected.pop_first().map(|(part, _)| (told(part), "removed")))
}

fn parts(connection: &Connection, counts: impl Fn(&str) -> bool) -> rusqlite::Result<Parts> {
    let mut statement = connection.prepare(PARTS)?;
    let rows = statement
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    let mut parts: Parts = rows.collect::<rusqlite::Result<_>>()?;
    parts.retain(|(kind, _), _| counts(kind));
    Ok(parts)
}

/// The first of the tables that SQLite does not find all of.
pub(super) fn hidden(
    connection: &Connection,
    tables: &[&'static str],
) -> rusqlite::Result<Option<Contradiction>> {
    for table in tables.iter().copied() {
        // A quick check does not look from the rows into the indexes.
        let mut first = None;
        connection.pragma(None, "integrity_check", table, |row| {
            if first.is_none() {
                first = Some(row.get::<_, String>(0)?);
            }
            Ok(())
        })?;
        if let Some(told) = first.filter(|told| told != "ok") {
            let told = told.escape_debug().to_string();
            return Ok(Some(Contradiction::Hidden { table, told }));
        }
    }
    Ok(None)
}
