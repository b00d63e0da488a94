use std::ops::ControlFlow;
use std::sync::Arc;

use depaudit_model::Timestamp;

/// What a log keeps beside its events says something else than the events do: whoever searches, traces
/// or counts is told something that nobody signed for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A search takes an event for another one, or does not find it.
    #[error(
        "what is searched for of entry {index} was changed: it is not what the entry says, so \
         `depaudit log` and `trace` tell something else"
    )]
    Searched {
        /// The event.
        index: u64,
    },
    /// An event has been made known that is no entry.
    #[error("there is an event before the first entry or without one: it was slipped in")]
    SlippedIn,
    /// Who asked is not whom the event is committed to. An erased client is none.
    #[error(
        "who asked was changed: the client of entry {index} is not the one that it is committed to"
    )]
    Client {
        /// The event.
        index: u64,
    },
    /// What a trace counts is not what the events add up to.
    #[error(
        "what is counted of {of} was changed: `trace` reads {}, and the entries say {}",
        told(kept),
        told(found)
    )]
    Counted {
        /// Crate, version and team.
        of: String,
        /// What is kept; nothing where a row was removed.
        kept: Option<Counts>,
        /// What the events say; nothing where a row was added.
        found: Option<Counts>,
    },
    /// The record knows of bytes that no event is about.
    #[error("{of} was added to what is on record: no entry is about it")]
    Unheard {
        /// Crate and version.
        of: String,
    },
    /// A table, an index or a trigger of the database is not the one that depaudit makes.
    #[error(
        "{database} was rebuilt: its {what} was {how}, so what it keeps may not be found, or not be guarded"
    )]
    Rebuilt {
        /// The file.
        database: &'static str,
        /// What it is and how it is called.
        what: String,
        /// What was done to it.
        how: &'static str,
    },
    /// An index leads past rows of its table.
    #[error(
        "what the database finds of its table {table} was changed: {told}; commands and \
         pages may not find what is kept"
    )]
    Hidden {
        /// The table.
        table: &'static str,
        /// What SQLite says.
        told: String,
    },
    /// The record knows of a team, or of a reason of its decisions, for which nothing is counted.
    #[error("something was added for the team {team}: no entry was ever decided for it that way")]
    Uncounted {
        /// The team.
        team: String,
    },
    /// A row refers to another one that is not there.
    #[error(
        "a row of the table {table} was changed or added: what it refers to in {parent} is not there"
    )]
    Orphan {
        /// The table it is in.
        table: &'static str,
        /// The table it refers to.
        parent: String,
    },
}

/// How often something was decided, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How many rows or events these are together.
    pub rows: u64,
    /// How often.
    pub count: u64,
    /// The first and the last time.
    pub times: (Timestamp, Timestamp),
    /// The first and the last event.
    pub events: (u64, u64),
}

fn told(counts: &Option<Counts>) -> String {
    let Some(Counts { count, times: (first, last), events: (from, to), .. }) = counts else {
        return "nothing of it".to_owned();
    };
    format!("{count} from {first} (entry {from}) to {last} (entry {to})")
}

/// Told how many events have been looked at; says whether to go on.
pub type SoFar = Arc<dyn Fn(u64) -> ControlFlow<()> + Send + Sync>;
