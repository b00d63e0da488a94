//! How the database is built: an index that leads to a part of its table hides the rest, a guard that
//! is gone guards nothing, and a row that belongs to nothing is counted in nothing.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use crate::Contradiction;
use crate::sqlite::migrations::AUDIT;

/// Kind and name, and what that is built on and how.
type Parts = BTreeMap<(String, String), (String, Option<String>)>;

// What ANALYZE leaves only changes how fast something is found.
const PARTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema
                     WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))
                     ORDER BY type, name";

/// The first table, index or trigger that is not as the migrations make it.
pub(super) fn rebuilt(connection: &Connection) -> rusqlite::Result<Option<Contradiction>> {
    let mut expected = expected()?;
    let rebuilt = |(kind, name): (String, String), how| {
        // The name may be anybody's.
        Some(Contradiction::Rebuilt { what: format!("{kind} {}", name.escape_debug()), how })
    };
    let mut statement = connection.prepare(PARTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let part = (row.get(0)?, row.get(1)?);
        match expected.remove(&part) {
            None => return Ok(rebuilt(part, "added")),
            Some(as_made) if as_made != (row.get(2)?, row.get(3)?) => {
                return Ok(rebuilt(part, "changed"));
            }
            Some(_) => {}
        }
    }
    Ok(expected.pop_first().and_then(|(part, _)| rebuilt(part, "removed")))
}

fn expected() -> rusqlite::Result<Parts> {
    let mut made = Connection::open_in_memory()?;
    AUDIT.migrate(&mut made)?;
    let mut statement = made.prepare(PARTS)?;
    statement
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?
        .collect()
}

/// What is searched and counted. Small ones first.
const TABLES: [&str; 6] = ["tally_group", "stretch", "subject", "tally", "event_client", "event"];
/// Whose rows refer to others. What an event refers to is compared with its leaf.
const REFERRING: &str = "tally";

/// The first table that SQLite does not find all of, or that has a row which belongs to nothing.
pub(super) fn broken(connection: &Connection) -> rusqlite::Result<Option<Contradiction>> {
    // What is counted is read from its rows on, so a team or a reason that none names is not seen there.
    let team: Option<String> = connection
        .query_row(
            "SELECT team FROM tally_group WHERE id NOT IN (SELECT asker FROM tally)
             ORDER BY id LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(team) = team {
        return Ok(Some(Contradiction::Uncounted { team: team.escape_debug().to_string() }));
    }
    let mut parent = None;
    connection.pragma(None, "foreign_key_check", REFERRING, |row| {
        parent = Some(row.get("parent")?);
        Ok(())
    })?;
    if let Some(parent) = parent {
        return Ok(Some(Contradiction::Orphan { table: REFERRING, parent }));
    }
    for table in TABLES {
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
