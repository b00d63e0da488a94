//! Answers from what is counted beside the events.
//!
//! `CROSS JOIN` keeps SQLite from turning a join around: the subjects of a crate are few, and what is
//! counted or recorded about each is found through an index.

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::Decision;
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Params, Row as SqlRow, params};

use super::super::query::Row;
use crate::{Arrival, DigestPrefix, KnownBytes, Received, Tally, Traced};

const TALLIES: &str = "\
SELECT version, sha256, registry, team, principal, decision, rule, waiver, policy,
       count, first, last, first_idx, last_idx
FROM subject CROSS JOIN tally ON tally.subject = subject.id
    CROSS JOIN tally_group ON tally_group.id = tally.asker
WHERE crate = ?1 AND (?2 IS NULL OR version = ?2)
  AND (?3 IS NULL OR sha256 BETWEEN ?3 AND ?4) AND (?5 IS NULL OR team = ?5)
ORDER BY first_idx LIMIT ?6";

const ARRIVALS: &str = "\
SELECT team, registry, version, sha256, min(first), min(first_idx)
FROM subject CROSS JOIN tally ON tally.subject = subject.id
    CROSS JOIN tally_group ON tally_group.id = tally.asker
WHERE crate = ?1 AND (?2 IS NULL OR team = ?2)
  AND version IS NOT NULL AND sha256 IS NOT NULL AND decision <> 'deny'
GROUP BY subject.id, team, registry ORDER BY min(first_idx) LIMIT ?3";

/// The condition of the index stands here word for word, so that SQLite sees that it may be used.
const INCIDENTS: &str = "\
WITH matching AS (
    SELECT event.idx FROM subject CROSS JOIN event INDEXED BY event_by_incident
        ON event.subject = subject.id
    WHERE crate = ?1 AND event.subject IS NOT NULL
      AND kind NOT IN ('index-served', 'download-decided', 'download-finished')
    ORDER BY event.idx DESC LIMIT ?2
)
SELECT idx, leaf, salt, address, user_agent
FROM matching CROSS JOIN event USING (idx) LEFT JOIN event_client USING (idx) ORDER BY idx";

const RELEASES_WITH: &str = "\
SELECT DISTINCT crate, version FROM subject
WHERE sha256 BETWEEN ?1 AND ?2 AND crate IS NOT NULL AND version IS NOT NULL
ORDER BY crate, version LIMIT ?3";

const KNOWN_RECEIVED: &str = "\
SELECT sha256, ?4 IS NOT NULL AND team = ?4 AS mine, min(first), max(last), sum(count)
FROM subject CROSS JOIN tally ON tally.subject = subject.id
    CROSS JOIN tally_group ON tally_group.id = tally.asker
WHERE crate = ?1 AND version = ?2 AND sha256 IS NOT NULL AND registry = ?3 AND decision <> 'deny'
GROUP BY sha256, mine";

const KNOWN_SEEN: &str = "\
SELECT sha256, min(time)
FROM subject CROSS JOIN event INDEXED BY event_by_incident ON event.subject = subject.id
WHERE crate = ?1 AND version = ?2 AND sha256 IS NOT NULL AND event.subject IS NOT NULL
  AND kind NOT IN ('index-served', 'download-decided', 'download-finished')
  AND kind = 'first-seen' AND CAST(leaf AS TEXT) ->> '$.registry' = ?3
GROUP BY sha256";

pub(super) fn tallies(
    connection: &Connection,
    of: &Traced,
    most: usize,
) -> rusqlite::Result<Vec<Tally>> {
    let Traced { name, version, sha256, team } = of;
    let values = params![
        name.index_key(),
        version.as_ref().map(ToString::to_string),
        sha256.as_ref().map(|digest| digest.first().as_bytes()),
        sha256.as_ref().map(|digest| digest.last().as_bytes()),
        team.as_ref().map(TeamId::as_str),
        limit(most),
    ];
    rows(connection, TALLIES, values, |row| {
        Ok(Tally {
            version: row.get::<_, Option<Parsed<_>>>(0)?.map(|version| version.0),
            sha256: row.get::<_, Option<[u8; 32]>>(1)?.map(Checksum::from_bytes),
            registry: word(row, 2)?,
            team: row.get::<_, Parsed<_>>(3)?.0,
            principal: filled(row.get(4)?),
            decision: decision(row, 5)?,
            rule: filled(row.get(6)?),
            waiver: filled(row.get(7)?),
            policy: match row.get_ref(8)? {
                ValueRef::Blob([]) => None,
                _ => Some(Checksum::from_bytes(row.get(8)?)),
            },
            count: number(row, 9)?,
            first: moment(row, 10)?,
            last: moment(row, 11)?,
            first_index: number(row, 12)?,
            last_index: number(row, 13)?,
        })
    })
}

pub(super) fn arrivals(
    connection: &Connection,
    name: &CrateName,
    team: Option<&TeamId>,
    most: usize,
) -> rusqlite::Result<Vec<Arrival>> {
    let values = params![name.index_key(), team.map(TeamId::as_str), limit(most)];
    rows(connection, ARRIVALS, values, |row| {
        Ok(Arrival {
            team: row.get::<_, Parsed<_>>(0)?.0,
            registry: word(row, 1)?,
            version: row.get::<_, Parsed<_>>(2)?.0,
            sha256: Checksum::from_bytes(row.get(3)?),
            first: moment(row, 4)?,
            first_index: number(row, 5)?,
        })
    })
}

pub(super) fn incidents(
    connection: &Connection,
    name: &CrateName,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    rows(connection, INCIDENTS, params![name.index_key(), limit(most)], Row::of)
}

pub(super) fn releases_with(
    connection: &Connection,
    sha256: &DigestPrefix,
    most: usize,
) -> rusqlite::Result<Vec<Release>> {
    let (first, last) = (sha256.first().as_bytes(), sha256.last().as_bytes());
    rows(connection, RELEASES_WITH, params![first, last, limit(most)], |row| {
        Ok(Release { name: row.get::<_, Parsed<_>>(0)?.0, version: row.get::<_, Parsed<_>>(1)?.0 })
    })
}

pub(super) fn known_bytes(
    connection: &Connection,
    registry: &RegistryName,
    team: Option<&TeamId>,
    releases: &[Release],
) -> rusqlite::Result<Vec<Vec<KnownBytes>>> {
    // One moment for all of them: a server may be appending.
    let snapshot = connection.unchecked_transaction()?;
    let team = team.map(TeamId::as_str);
    releases.iter().map(|release| known(&snapshot, registry, team, release)).collect()
}

fn known(
    connection: &Connection,
    registry: &RegistryName,
    team: Option<&str>,
    release: &Release,
) -> rusqlite::Result<Vec<KnownBytes>> {
    let (name, version) = (release.name.index_key(), release.version.to_string());
    let mut known = Vec::<KnownBytes>::new();
    let mut of = |sha256: Checksum, change: &dyn Fn(&mut KnownBytes)| match known
        .iter_mut()
        .find(|bytes| bytes.sha256 == sha256)
    {
        Some(bytes) => change(bytes),
        None => {
            let (to_team, to_others, first_seen) = (None, None, None);
            let mut bytes = KnownBytes { sha256, to_team, to_others, first_seen };
            change(&mut bytes);
            known.push(bytes);
        }
    };
    let values = params![name, version, registry.as_str(), team];
    let received = rows(connection, KNOWN_RECEIVED, values, |row| {
        let (first, last, count) = (moment(row, 2)?, moment(row, 3)?, number(row, 4)?);
        let received = Received { first, last, count };
        Ok((Checksum::from_bytes(row.get(0)?), row.get(1)?, received))
    })?;
    for (sha256, mine, received) in received {
        of(sha256, &|bytes| {
            let place = if mine { &mut bytes.to_team } else { &mut bytes.to_others };
            *place = Some(received);
        });
    }
    let values = params![name, version, registry.as_str()];
    let seen = rows(connection, KNOWN_SEEN, values, |row| {
        Ok((Checksum::from_bytes(row.get(0)?), moment(row, 1)?))
    })?;
    for (sha256, first) in seen {
        of(sha256, &|bytes| bytes.first_seen = Some(first));
    }
    Ok(known)
}

pub(super) fn rows<T>(
    connection: &Connection,
    query: &'static str,
    values: impl Params,
    read: impl FnMut(&SqlRow<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(query)?.query_map(values, read)?.collect()
}

pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

pub(super) fn number(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

pub(super) fn moment(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// An empty text stands for none.
fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn word<T: std::str::FromStr>(
    row: &SqlRow<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)? == ValueRef::Text(b"") {
        return Ok(None);
    }
    row.get::<_, Parsed<T>>(column).map(|parsed| Some(parsed.0))
}

fn decision(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Decision> {
    let text = row.get_ref(column)?.as_str()?;
    let found = Decision::ALL.iter().find(|decision| decision.as_str() == text);
    found.copied().ok_or_else(|| FromSqlError::InvalidType.into())
}

/// A text that is parsed when it is read: what is none is damage, not a default.
pub(super) struct Parsed<T>(pub(super) T);

impl<T: std::str::FromStr> FromSql for Parsed<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(|_| FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::database::Database;
    use super::super::super::super::migrations::AUDIT;
    use super::*;

    #[test]
    fn no_answer_goes_through_the_whole_log() {
        let folder = tempfile::tempdir().unwrap();
        let (_, connected) = Database::create(folder.path(), &AUDIT).unwrap();
        let tally = "SEARCH tally USING PRIMARY KEY (subject=?";
        let incident = "SEARCH event USING INDEX event_by_incident (subject=?";
        let by_crate = "subject USING COVERING INDEX subject_by_crate (crate=?";
        for (query, steps) in [
            (TALLIES, [by_crate, tally]),
            (ARRIVALS, [by_crate, tally]),
            (INCIDENTS, [by_crate, incident]),
            (RELEASES_WITH, ["SEARCH subject USING INDEX subject_by_sha256 (sha256>? AND", ""]),
            (KNOWN_RECEIVED, ["subject_by_crate (crate=? AND version=?", tally]),
            (KNOWN_SEEN, ["subject_by_crate (crate=? AND version=?", incident]),
        ] {
            let mut statement =
                connected.connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let steps_taken: Vec<String> =
                statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
            let plan = steps_taken.join("\n");
            for step in steps {
                assert!(plan.contains(step), "{step}\n{query}\n{plan}");
            }
            for table in ["event", "tally", "tally_group", "subject", "event_client"] {
                let scan = |step: &String| *step == format!("SCAN {table}");
                assert!(!steps_taken.iter().any(scan), "{query}\n{plan}");
            }
        }
    }
}
