//! Who asked, against what the events are committed to.

use depaudit_model::Checksum;
use depaudit_model::event::Client;
use rusqlite::{Connection, Rows};

/// The clients of some events, in their order.
pub(super) struct Clients<'s> {
    rows: Rows<'s>,
    next: Option<(i64, Checksum)>,
}

pub(super) const OF: &str = "SELECT idx, salt, address, user_agent FROM event_client
                             WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";

impl<'s> Clients<'s> {
    /// `rows` are those of [`OF`].
    pub(super) fn new(rows: Rows<'s>) -> rusqlite::Result<Self> {
        let mut clients = Self { rows, next: None };
        clients.advance()?;
        Ok(clients)
    }

    fn advance(&mut self) -> rusqlite::Result<()> {
        self.next = match self.rows.next()? {
            Some(row) => {
                let salt = u128::from_be_bytes(row.get(1)?);
                let text =
                    |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
                Some((row.get(0)?, Client::commitment_to(salt, text(2)?, text(3)?)))
            }
            None => None,
        };
        Ok(())
    }

    /// Whether the client of an event is whom it is committed to, or is erased. Asked for one event
    /// after the other.
    pub(super) fn agree(
        &mut self,
        index: u64,
        committed: Option<Checksum>,
    ) -> rusqlite::Result<bool> {
        match self.next {
            Some((of, client)) if of <= index.cast_signed() => {
                self.advance()?;
                Ok(of == index.cast_signed() && committed == Some(client))
            }
            _ => Ok(true),
        }
    }
}

/// Whether there are clients of no event.
pub(super) fn of_nobody(connection: &Connection, length: u64) -> rusqlite::Result<bool> {
    // Two questions: SQLite takes the ends of the table only where it is asked for one of them.
    let end = |query| -> rusqlite::Result<Option<i64>> {
        connection.prepare_cached(query)?.query_row([], |row| row.get(0))
    };
    let first = end("SELECT min(idx) FROM event_client")?;
    let last = end("SELECT max(idx) FROM event_client")?;
    Ok(first.is_some_and(|first| first < 0)
        || last.is_some_and(|last| last >= length.cast_signed()))
}
