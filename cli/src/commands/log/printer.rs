use std::io::{self, Write};

use depaudit_store::StoredEvent;

use super::line::Line;
use super::row::{COLUMNS, row};
use crate::output::{Table, write_json_line};

/// In which form events are printed.
#[derive(Debug)]
pub(super) enum Printer {
    /// For people.
    People(Box<Table<{ COLUMNS.len() }>>),
    /// For programs.
    Json,
}

impl Printer {
    pub(super) fn people(room: Option<usize>) -> Self {
        Self::People(Box::new(Table::new(COLUMNS, room)))
    }

    pub(super) const fn json() -> Self {
        Self::Json
    }

    pub(super) fn print(&mut self, out: &mut impl Write, page: Vec<StoredEvent>) -> io::Result<()> {
        match self {
            Self::People(table) => table.print(out, &page.iter().map(row).collect::<Vec<_>>()),
            Self::Json => {
                page.into_iter().try_for_each(|event| write_json_line(out, &Line::from(event)))
            }
        }
    }
}
