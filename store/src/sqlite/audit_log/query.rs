use depaudit_model::event::{Client, Event};
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

impl Query {
    fn new(filter: &EventFilter, order: EventOrder, most: usize) -> Self {
        let mut query = Self {
            text: "WITH matching AS (SELECT idx FROM event WHERE TRUE".to_owned(),
            values: Vec::new(),
        };
        if filter.from > 0 {
            query.push(" AND idx >= ?", filter.from.cast_signed());
        }
        let by_subject = query.push_subject(filter);
        // `+` keeps SQLite from choosing among the indexes, which it would do blindly: the subject
        // narrows most, then the team.
        if let Some(team) = &filter.team {
            let part = if by_subject { " AND +team = ?" } else { " AND team = ?" };
            query.push(part, team.as_str().to_owned());
        }
        if let Some(since) = filter.since {
            let since = since.as_millis();
            if !by_subject && filter.team.is_none() {
                // Times rise with the index, but for a clock that was set back. So the index over
                // the times says where to begin, and each time is compared all the same.
                query.push(
                    " AND idx >= (SELECT min(idx) FROM event INDEXED BY event_by_time
                                  WHERE time >= ?)",
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
            EventOrder::OldestFirst => (" ORDER BY idx LIMIT ?)", " ORDER BY idx"),
            EventOrder::NewestFirst => (" ORDER BY idx DESC LIMIT ?)", " ORDER BY idx DESC"),
        };
        query.push(first, most);
        query.text.push_str(
            " SELECT idx, leaf, salt, address, user_agent
             FROM matching JOIN event USING (idx) LEFT JOIN event_client USING (idx)",
        );
        query.text.push_str(then);
        query
    }

    /// Whether there is a condition on what the events are about.
    fn push_subject(&mut self, filter: &EventFilter) -> bool {
        let EventFilter { name, version, sha256, .. } = filter;
        if name.is_none() && version.is_none() && sha256.is_none() {
            return false;
        }
        self.text.push_str(" AND subject IN (SELECT id FROM subject WHERE TRUE");
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
        self.text.push(')');
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
        let by_subject = "SEARCH event USING INDEX event_by_subject (subject=?";
        for (filter, step) in [
            (EventFilter { from: 7, ..filter() }, "event USING INTEGER PRIMARY KEY (rowid>?)"),
            (EventFilter { since, ..filter() }, "USING COVERING INDEX event_by_time (time>?)"),
            (EventFilter { since, team: team.clone(), ..filter() }, "INDEX event_by_team (team=?"),
            (EventFilter { since, team, name, ..filter() }, by_subject),
            (EventFilter { sha256, ..filter() }, "INDEX subject_by_sha256 (sha256>? AND sha256<?)"),
            (EventFilter { sha256, ..filter() }, by_subject),
        ] {
            let plan = plan(&connected.connection, &filter);
            assert!(plan.contains(step), "{filter:?}\n{plan}");
            // Only the few events about one subject are sorted; the others come in order.
            assert_eq!(plan.contains("ORDER BY"), plan.contains(by_subject), "{filter:?}\n{plan}");
        }
    }
}
