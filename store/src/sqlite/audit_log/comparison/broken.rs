//! What SQLite does not find, and a row that belongs to nothing and is counted in nothing.

use rusqlite::{Connection, OptionalExtension};

use crate::Contradiction;
use crate::sqlite::structure;

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
    structure::hidden(connection, &TABLES)
}
