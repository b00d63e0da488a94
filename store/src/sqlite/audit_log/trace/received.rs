//! What teams received, of all crates at once. Both questions go through the tallies from their first
//! row to their last: there is one for each release, team, principal and policy, however often it was
//! downloaded, and no index by team, since each event would have to write it.

use std::collections::{BTreeSet, HashMap, HashSet};

use depaudit_model::{Checksum, TeamId, Timestamp};
use rusqlite::{Connection, params};

use super::query::{Parsed, limit, moment, word};
use crate::{Download, TeamReceived};

const GROUPS: &str = "SELECT id, team FROM tally_group WHERE decision <> 'deny'";

const RECEIVED: &str = "\
SELECT asker, first, last, sha256
FROM tally CROSS JOIN subject ON subject.id = tally.subject
WHERE version IS NOT NULL AND sha256 IS NOT NULL";

const DOWNLOADS: &str = "\
SELECT team, registry, crate, version, sha256, last
FROM tally CROSS JOIN tally_group ON tally_group.id = tally.asker
    CROSS JOIN subject ON subject.id = tally.subject
WHERE last >= ?1 AND team IN (SELECT value FROM json_each(?2)) AND decision <> 'deny'
  AND crate IS NOT NULL AND version IS NOT NULL AND sha256 IS NOT NULL
LIMIT ?3";

pub(super) fn of(
    connection: &Connection,
    of: &HashSet<Checksum>,
) -> rusqlite::Result<Vec<TeamReceived>> {
    // One moment for both: a server may be appending.
    let snapshot = connection.unchecked_transaction()?;
    let groups: HashMap<i64, TeamId> = snapshot
        .prepare_cached(GROUPS)?
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, Parsed<_>>(1)?.0)))?
        .collect::<Result<_, _>>()?;
    let mut teams = HashMap::<&TeamId, TeamReceived>::new();
    let mut asking = snapshot.prepare_cached(RECEIVED)?;
    let mut rows = asking.query([])?;
    while let Some(row) = rows.next()? {
        let Some(team) = groups.get(&row.get(0)?) else { continue };
        let (first, last) = (moment(row, 1)?, moment(row, 2)?);
        let known = teams.entry(team).or_insert_with(|| TeamReceived {
            team: team.clone(),
            first,
            last,
            of: HashSet::new(),
        });
        known.first = known.first.min(first);
        known.last = known.last.max(last);
        let sha256 = Checksum::from_bytes(row.get(3)?);
        if of.contains(&sha256) {
            known.of.insert(sha256);
        }
    }
    Ok(teams.into_values().collect())
}

pub(super) fn downloads(
    connection: &Connection,
    teams: &BTreeSet<TeamId>,
    since: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<Download>> {
    // A team's name has no character that JSON would escape.
    let names: Vec<_> = teams.iter().map(|team| format!("\"{team}\"")).collect();
    let values = params![since.as_millis(), format!("[{}]", names.join(",")), limit(most)];
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Download {
            team: row.get::<_, Parsed<_>>(0)?.0,
            registry: word(row, 1)?,
            name: row.get::<_, Parsed<_>>(2)?.0,
            version: row.get::<_, Parsed<_>>(3)?.0,
            sha256: Checksum::from_bytes(row.get(4)?),
            last: moment(row, 5)?,
        })
    };
    connection.prepare_cached(DOWNLOADS)?.query_map(values, read)?.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::super::database::Database;
    use super::super::super::super::migrations::AUDIT;
    use super::*;

    #[test]
    fn the_events_are_never_gone_through() {
        let folder = tempfile::tempdir().unwrap();
        let (_, connected) = Database::create(folder.path(), &AUDIT).unwrap();
        for query in [RECEIVED, DOWNLOADS] {
            let mut asking =
                connected.connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let steps: Vec<String> =
                asking.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
            let plan = steps.join("\n");
            assert!(plan.contains("SCAN tally\n"), "{plan}");
            assert!(plan.contains("SEARCH subject USING INTEGER PRIMARY KEY"), "{plan}");
            assert!(!plan.contains("event"), "{plan}");
        }
    }
}
