use depaudit_model::event::{Client, Event, EventKind};
use rusqlite::{Connection, ToSql};

use crate::{EventFilter, EventOrder, StoreError, StoredEvent};

/// Reads what matches, undecoded.
pub(super) fn read(
    connection: &Connection,
    filter: &EventFilter,
    order: EventOrder,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    let query = Query::new(filter, order, most);
    let mut statement = connection.prepare_cached(&query.text)?;
    let values: Vec<&dyn ToSql> = query.values.iter().map(|value| &**value).collect();
    statement.query_map(values.as_slice(), Row::of)?.collect()
}

/// A SELECT put together from fixed parts. What comes from outside is a value of a `?`, never text:
/// the parts are `&'static str`.
///
/// First the places of the events that match are found, which touches indexes only where it can;
/// then these events are read.
struct Query {
    text: String,
    values: Vec<Box<dyn ToSql>>,
}

/// What is about a crate and neither a view nor a download: the few events of a partial index, whose
/// condition this is, word for word.
const INCIDENT: &str = "subject IS NOT NULL \
     AND kind NOT IN ('index-served', 'download-decided', 'download-finished')";

impl Query {
    fn new(filter: &EventFilter, order: EventOrder, most: usize) -> Self {
        let mut query = Self { text: String::new(), values: Vec::new() };
        let by_subject = query.push_subject(filter);
        if !by_subject {
            query.text.push_str("WITH matching AS (SELECT event.idx FROM event WHERE TRUE");
        }
        if filter.from > 0 {
            query.push(" AND event.idx >= ?", filter.from.cast_signed());
        }
        // `+` keeps SQLite from choosing among the indexes, which it would do blindly: the subject
        // narrows most, then the team.
        if let Some(team) = &filter.team {
            let part = if by_subject { " AND +team = ?" } else { " AND team = ?" };
            query.push(part, team.as_str().to_owned());
        }
        if let Some(since) = filter.since {
            let since = since.as_millis();
            if !by_subject && filter.team.is_none() {
                // Nothing before the first stretch that reaches this time is that young. Where no full
                // one does, the events behind them may.
                query.push(
                    " AND event.idx >= 1000 * coalesce(
                          (SELECT n FROM stretch WHERE latest >= ? ORDER BY latest, n LIMIT 1),
                          (SELECT max(n) + 1 FROM stretch), 0)",
                    since,
                );
            }
            query.push(" AND +time >= ?", since);
        }
        if !filter.kinds.is_empty() {
            let kinds: Vec<_> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
            let kinds = serde_json::Value::from(kinds).to_string();
            query.push(" AND kind IN (SELECT value FROM json_each(?))", kinds);
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (first, then) = match order {
            EventOrder::OldestFirst => (" ORDER BY event.idx LIMIT ?)", " ORDER BY idx"),
            EventOrder::NewestFirst => (" ORDER BY event.idx DESC LIMIT ?)", " ORDER BY idx DESC"),
        };
        query.push(first, most);
        query.text.push_str(
            " SELECT idx, leaf, salt, address, user_agent
             FROM matching JOIN event USING (idx) LEFT JOIN event_client USING (idx)",
        );
        query.text.push_str(then);
        query
    }

    /// Whether there is a condition on what the events are about: then the query begins with it.
    fn push_subject(&mut self, filter: &EventFilter) -> bool {
        let EventFilter { name, version, sha256, kinds, from, .. } = filter;
        if name.is_none() && version.is_none() && sha256.is_none() {
            return false;
        }
        self.text
            .push_str("WITH RECURSIVE wanted AS MATERIALIZED (SELECT id FROM subject WHERE TRUE");
        if let Some(digest) = sha256 {
            self.push(" AND sha256 >= ?", *digest.first().as_bytes());
            self.push(" AND sha256 <= ?", *digest.last().as_bytes());
        }
        if let Some(name) = name {
            self.push(" AND crate = ?", name.index_key());
        }
        if let Some(version) = version {
            self.push(" AND version = ?", version.to_string());
        }
        let usual =
            [EventKind::IndexServed, EventKind::DownloadDecided, EventKind::DownloadFinished];
        if !kinds.is_empty() && !kinds.iter().any(|kind| usual.contains(kind)) {
            self.text.push_str(
                "), matching AS (SELECT event.idx FROM wanted
                     CROSS JOIN event INDEXED BY event_by_incident ON event.subject = wanted.id
                 WHERE ",
            );
            self.text.push_str(INCIDENT);
            return true;
        }
        self.push(
            "), part (n) AS (
                 SELECT ? >> 15
                 UNION ALL SELECT n + 1 FROM part WHERE n < (SELECT max(idx) >> 15 FROM event)
             ),
             matching AS (SELECT event.idx FROM part CROSS JOIN wanted
                 CROSS JOIN event INDEXED BY event_by_subject
                     ON event.idx >> 15 = part.n AND event.subject = wanted.id
             WHERE event.subject IS NOT NULL",
            from.cast_signed(),
        );
        true
    }

    fn push(&mut self, part: &'static str, value: impl ToSql + 'static) {
        self.text.push_str(part);
        self.values.push(Box::new(value));
    }
}

/// An event as it stands in the file.
#[derive(Debug)]
pub(super) struct Row {
    index: u64,
    leaf: Vec<u8>,
    client: Option<StoredClient>,
}

#[derive(Debug)]
struct StoredClient {
    salt: [u8; 16],
    address: Option<String>,
    user_agent: Option<String>,
}

impl Row {
    /// From the columns `idx`, `leaf`, `salt`, `address` and `user_agent`, in this order.
    pub(super) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let client = match row.get(2)? {
            Some(salt) => {
                Some(StoredClient { salt, address: row.get(3)?, user_agent: row.get(4)? })
            }
            None => None,
        };
        let index: i64 = row.get(0)?;
        Ok(Self { index: index.cast_unsigned(), leaf: row.get(1)?, client })
    }

    /// # Errors
    /// [`StoreError::Damaged`] with the event's index, when it is none that depaudit writes.
    pub(super) fn decode(self) -> Result<StoredEvent, StoreError> {
        let Self { index, leaf, client } = self;
        let damaged = |what| StoreError::Damaged { what: format!("the {what} of event {index}") };
        let event: Event = serde_json::from_slice(&leaf).map_err(|_| damaged("leaf"))?;
        let client = match client {
            Some(StoredClient { salt, address, user_agent }) => {
                let address = address.map(|address| address.parse()).transpose();
                let address = address.map_err(|_| damaged("client's address"))?;
                Some(Client { address, user_agent, salt: u128::from_be_bytes(salt) })
            }
            None => None,
        };
        Ok(StoredEvent { index, leaf, event, client })
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::event::EventKind;
    use depaudit_model::{Checksum, Timestamp};

    use super::super::super::database::Database;
    use super::super::super::migrations::AUDIT;
    use super::*;

    /// How SQLite would go about a search, step by step.
    fn plan(connection: &Connection, filter: &EventFilter) -> String {
        let query = Query::new(filter, EventOrder::NewestFirst, 50);
        let text = format!("EXPLAIN QUERY PLAN {}", query.text);
        let values: Vec<_> = query.values.iter().map(|value| &**value).collect();
        let mut statement = connection.prepare(&text).unwrap();
        let steps = statement.query_map(values.as_slice(), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_search_goes_by_an_index_and_never_through_the_whole_log() {
        let folder = tempfile::tempdir().unwrap();
        let (_, connected) = Database::create(folder.path(), &AUDIT).unwrap();
        let filter = || EventFilter { kinds: vec![EventKind::IndexServed], ..Default::default() };
        let since = Some(Timestamp::EPOCH);
        let team = Some("payments".parse().unwrap());
        let name = Some("serde".parse().unwrap());
        let sha256 = Some(Checksum::of(b"").into());
        let by_part = "SEARCH event USING INDEX event_by_subject (<expr>=? AND subject=?";
        let by_incident = "SEARCH event USING INDEX event_by_incident (subject=?";
        let incident = || vec![EventKind::FirstSeen, EventKind::ChecksumConflict];
        for (filter, step) in [
            (EventFilter { from: 7, ..filter() }, "event USING INTEGER PRIMARY KEY (rowid>?)"),
            (EventFilter { since, ..filter() }, "event USING INTEGER PRIMARY KEY (rowid>?)"),
            (
                EventFilter { since, ..filter() },
                "stretch USING COVERING INDEX stretch_by_time (latest>?)",
            ),
            (EventFilter { since, team: team.clone(), ..filter() }, "INDEX event_by_team (team=?"),
            (EventFilter { since, team, name: name.clone(), ..filter() }, by_part),
            (EventFilter { sha256, ..filter() }, "INDEX subject_by_sha256 (sha256>? AND sha256<?)"),
            (EventFilter { sha256, ..filter() }, by_part),
            (EventFilter { name, kinds: incident(), ..filter() }, by_incident),
        ] {
            let plan = plan(&connected.connection, &filter);
            assert!(plan.contains(step), "{filter:?}\n{plan}");
            assert!(!plan.contains("SCAN event"), "{filter:?}\n{plan}");
            // Only the few events about one subject are sorted; the others come in order.
            let by_subject = plan.contains(by_part) || plan.contains(by_incident);
            assert_eq!(
                plan.contains("USE TEMP B-TREE FOR ORDER BY"),
                by_subject,
                "{filter:?}\n{plan}"
            );
        }
    }
}
