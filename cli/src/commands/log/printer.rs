use std::io::{self, Write};

use depaudit_store::StoredEvent;
use depaudit_trace::Line;

use super::row::{COLUMNS, row};
use crate::output::{Table, write_json_line};

/// In which form events are printed.
#[derive(Debug)]
pub(in crate::commands) enum Printer {
    /// For people.
    People(Box<Table<{ COLUMNS.len() }>>),
    /// For programs.
    Json,
}

impl Printer {
    pub(in crate::commands) fn people(room: Option<usize>) -> Self {
        Self::People(Box::new(Table::new(COLUMNS, room)))
    }

    pub(in crate::commands) const fn json() -> Self {
        Self::Json
    }

    pub(in crate::commands) fn print(
        &mut self,
        out: &mut impl Write,
        page: Vec<StoredEvent>,
    ) -> io::Result<()> {
        match self {
            Self::People(table) => table.print(out, &page.iter().map(row).collect::<Vec<_>>()),
            Self::Json => {
                page.into_iter().try_for_each(|event| write_json_line(out, &Line::from(event)))
            }
        }
    }
}
