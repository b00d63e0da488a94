//! What rules in dry run would have done.

use depaudit_model::TeamId;
use rusqlite::{Connection, params};

use super::query::{Parsed, limit, moment, number, rows, word};
use crate::DryRun;

/// Mostly nothing was ever in dry run, and groups are few.
const IS_ANY: &str = "SELECT EXISTS (SELECT 1 FROM tally_group WHERE decision = 'would-deny')";

/// `CROSS JOIN` and the list keep to one way through the counts: no index of theirs begins with the asker.
const DRY_RUNS: &str = "\
SELECT crate, version, registry, team, rule, sum(count), min(first), max(last), max(last_idx)
FROM tally CROSS JOIN tally_group ON tally_group.id = tally.asker
    CROSS JOIN subject ON subject.id = tally.subject
WHERE tally.asker IN (
    SELECT id FROM tally_group WHERE decision = 'would-deny' AND (?1 IS NULL OR team = ?1)
) AND crate IS NOT NULL AND version IS NOT NULL
GROUP BY crate, version, registry, team, rule
ORDER BY max(last_idx) DESC LIMIT ?2";

pub(super) fn dry_runs(
    connection: &Connection,
    team: Option<&TeamId>,
    most: usize,
) -> rusqlite::Result<Vec<DryRun>> {
    if !connection.prepare_cached(IS_ANY)?.query_row([], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    rows(connection, DRY_RUNS, params![team.map(TeamId::as_str), limit(most)], |row| {
        Ok(DryRun {
            name: row.get::<_, Parsed<_>>(0)?.0,
            version: row.get::<_, Parsed<_>>(1)?.0,
            registry: word(row, 2)?,
            team: row.get::<_, Parsed<_>>(3)?.0,
            rule: row.get(4)?,
            count: number(row, 5)?,
            first: moment(row, 6)?,
            last: moment(row, 7)?,
            last_index: number(row, 8)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::super::database::Database;
    use super::super::super::super::migrations::AUDIT;
    use super::*;

    #[test]
    fn the_counts_are_gone_through_once_and_no_event_is() {
        let folder = tempfile::tempdir().unwrap();
        let (_, connected) = Database::create(folder.path(), &AUDIT).unwrap();
        let query = format!("EXPLAIN QUERY PLAN {DRY_RUNS}");
        let mut statement = connected.connection.prepare(&query).unwrap();
        let steps: Vec<String> =
            statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
        let of = |wanted: &str| steps.iter().filter(|step| step.contains(wanted)).count();
        assert_eq!(of("SCAN tally"), 2, "the counts, and the few groups: {steps:#?}");
        assert_eq!((of("event"), of("SCAN subject")), (0, 0), "{steps:#?}");
        assert_eq!(of("SEARCH tally_group USING INTEGER PRIMARY KEY"), 1, "{steps:#?}");
    }
}
