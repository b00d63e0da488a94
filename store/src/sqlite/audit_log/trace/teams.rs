//! The teams that anything was decided for.
//!
//! That they were is counted; when it was last is found among each team's newest events.

use depaudit_model::{TeamId, Timestamp};
use rusqlite::{Connection, params};

use crate::{LastTime, TeamOnRecord};

/// Few differ in more than who asks, so this reads a small index.
const TEAMS: &str = "\
SELECT team, max(decision <> 'deny'), max(decision = 'deny')
FROM tally_group GROUP BY team ORDER BY team LIMIT ?1";

const NEWEST: &str = "\
SELECT time, kind = 'download-decided', CAST(leaf AS TEXT) ->> '$.decision' FROM event
WHERE team = ?1 AND kind IN ('download-decided', 'index-served') ORDER BY idx DESC LIMIT ?2";

/// How many events of a team are looked at: what has not happened among so many is long ago.
const LOOKED_AT: i64 = 5_000;

pub(super) fn teams(connection: &Connection, most: usize) -> rusqlite::Result<Vec<TeamOnRecord>> {
    // One moment for all of it: a server may be appending.
    let snapshot = connection.unchecked_transaction()?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = snapshot.prepare_cached(TEAMS)?;
    let known = statement.query_map([most], |row| {
        Ok((row.get::<_, super::query::Parsed<TeamId>>(0)?.0, row.get(1)?, row.get(2)?))
    })?;
    let known: Vec<(TeamId, bool, bool)> = known.collect::<Result<_, _>>()?;
    known.into_iter().map(|it| last_times(&snapshot, it)).collect()
}

fn last_times(
    connection: &Connection,
    (team, received, refused): (TeamId, bool, bool),
) -> rusqlite::Result<TeamOnRecord> {
    let mut statement = connection.prepare_cached(NEWEST)?;
    let mut rows = statement.query(params![team.as_str(), LOOKED_AT])?;
    let (mut last_received, mut last_refused) = (None, None);
    let mut oldest = None;
    while (received && last_received.is_none()) || (refused && last_refused.is_none()) {
        let Some(row) = rows.next()? else { break };
        let time = Timestamp::from_millis(row.get(0)?);
        let (is_download, decision): (bool, Option<String>) = (row.get(1)?, row.get(2)?);
        oldest = Some(time);
        match decision.as_deref() {
            Some("deny") => last_refused = last_refused.or(Some(time)),
            Some(_) if is_download => last_received = last_received.or(Some(time)),
            _ => {}
        }
    }
    let last = |ever: bool, found: Option<Timestamp>| match (ever, found, oldest) {
        (false, ..) | (_, None, None) => LastTime::Never,
        (true, Some(time), _) => LastTime::At(time),
        (true, None, Some(oldest)) => LastTime::Before(oldest),
    };
    let (received, refused) = (last(received, last_received), last(refused, last_refused));
    Ok(TeamOnRecord { team, received, refused })
}

#[cfg(test)]
mod tests {
    use super::super::super::super::database::Database;
    use super::super::super::super::migrations::AUDIT;
    use super::*;

    #[test]
    fn only_the_newest_events_of_a_team_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let (_, connected) = Database::create(folder.path(), &AUDIT).unwrap();
        for (query, step) in [
            (TEAMS, "SCAN tally_group USING COVERING INDEX"),
            (NEWEST, "SEARCH event USING INDEX event_by_team (team=?)"),
        ] {
            let explained = format!("EXPLAIN QUERY PLAN {query}");
            let mut statement = connected.connection.prepare(&explained).unwrap();
            let steps: Vec<String> =
                statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
            let plan = steps.join("\n");
            assert!(plan.contains(step) && !plan.contains("TEMP B-TREE"), "{query}\n{plan}");
        }
    }
}
