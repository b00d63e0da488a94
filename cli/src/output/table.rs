use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use depaudit_model::terminal::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::TITLE;

/// What stands between two columns.
const GAP: &str = "  ";

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// The width in terminal cells that it keeps when the terminal is too narrow for all of it.
    pub least: usize,
    /// Whether it holds numbers, which line up at the right.
    pub number: bool,
}

/// One value, safe to print.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Takes a value. What came from outside cannot break out of its cell.
    #[must_use]
    pub fn new(value: impl Display) -> Self {
        Self { text: printable(&value.to_string()).to_string(), style: Style::new() }
    }

    /// An absent value.
    #[must_use]
    pub fn empty() -> Self {
        Self::new("")
    }

    /// The same value in another style.
    #[must_use]
    pub fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// Aligned columns, printed page by page: a column is as wide as the widest value so far.
///
/// Where a reader's terminal is known to be too narrow, the widest columns are cut (`serde_js…`).
/// Into a file or a pipe everything goes whole.
#[derive(Debug)]
pub struct Table<const N: usize> {
    columns: [Column; N],
    widths: [usize; N],
    room: Option<usize>,
    titled: bool,
    /// Columns that are not shown.
    hidden: [bool; N],
}

impl<const N: usize> Table<N> {
    /// A table for a terminal of `room` cells, or for something without a width.
    #[must_use]
    pub fn new(columns: [Column; N], room: Option<usize>) -> Self {
        let widths = columns.map(|column| column.title.width());
        Self { columns, widths, room, titled: false, hidden: [false; N] }
    }

    /// The same without the columns that have nothing in any of these rows, which are all there will be:
    /// on a terminal, they take the room of what others say.
    #[must_use]
    pub fn filled(mut self, rows: &[[Cell; N]]) -> Self {
        let columns = self.hidden.iter_mut().zip(&mut self.widths).enumerate();
        for (place, (hidden, width)) in columns.filter(|_| self.room.is_some()) {
            let is_empty = |row: &[Cell; N]| row.get(place).is_none_or(|cell| cell.text.is_empty());
            if rows.iter().all(is_empty) {
                (*hidden, *width) = (true, 0);
            }
        }
        self
    }

    /// Prints rows, and before the first of them the titles.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn print(&mut self, out: &mut impl Write, rows: &[[Cell; N]]) -> io::Result<()> {
        for row in rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = cell.text.width().max(*width);
            }
        }
        let widths = self.fitting();
        if !std::mem::replace(&mut self.titled, true) {
            let titles = self.columns.map(|column| Cell::new(column.title).styled(TITLE));
            self.line(out, &titles, &widths)?;
        }
        rows.iter().try_for_each(|row| self.line(out, row, &widths))
    }

    /// The widths as they fit into the room: always the widest of those above their least width
    /// gives way. When all are at their least, the terminal has to break the lines.
    fn fitting(&self) -> [usize; N] {
        let mut widths = self.widths;
        let Some(room) = self.room else { return widths };
        let shown = self.hidden.iter().filter(|hidden| !**hidden).count();
        let gaps = GAP.len() * shown.saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while excess > 0 {
            let elastic = widths.iter_mut().zip(&self.columns);
            let elastic = elastic.filter(|(width, column)| **width > column.least);
            let Some((widest, _)) = elastic.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
            excess -= 1;
        }
        widths
    }

    fn line(&self, out: &mut impl Write, row: &[Cell; N], widths: &[usize; N]) -> io::Result<()> {
        // Kept until something follows them: a line does not end in spaces.
        let (mut spaces, mut gap) = (0, 0);
        let cells = row.iter().zip(&self.columns).zip(widths).zip(self.hidden);
        for ((cell, column), width) in cells.filter(|(_, hidden)| !hidden).map(|(cell, _)| cell) {
            let text =
                if self.room.is_some() { cut(&cell.text, *width) } else { cell.text.clone() };
            let padding = width.saturating_sub(text.width());
            let (before, after) = if column.number { (padding, 0) } else { (0, padding) };
            spaces += before + std::mem::replace(&mut gap, GAP.len());
            if !text.is_empty() {
                write!(out, "{:spaces$}{}{text}{:#}", "", cell.style, cell.style)?;
                spaces = 0;
            }
            spaces += after;
        }
        writeln!(out)
    }
}

/// At most `width` terminal cells of `text`; an ellipsis says that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fitting = text.chars().take_while(|character| {
        let wide = character.width().unwrap_or_default();
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    });
    fitting.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "N", least: 1, number: true },
        Column { title: "CRATE", least: 6, number: false },
        Column { title: "WHAT", least: 4, number: false },
    ];

    fn printed(room: Option<usize>, pages: &[&[[&str; 3]]]) -> String {
        let mut table = Table::new(COLUMNS, room);
        let mut out = Vec::new();
        for page in pages {
            let rows: Vec<_> = page.iter().map(|row| row.map(Cell::new)).collect();
            table.print(&mut out, &rows).unwrap();
        }
        anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string()
    }

    #[test]
    fn columns_line_up_and_no_line_ends_in_spaces() {
        let rows: &[[&str; 3]] = &[["7", "serde", ""], ["100", "日本", "hit"]];
        assert_eq!(printed(None, &[rows]), "  N  CRATE  WHAT\n  7  serde\n100  日本   hit\n");
    }

    #[test]
    fn a_later_page_has_no_second_title_and_widens_columns_where_it_must() {
        let pages: [&[[&str; 3]]; 2] = [&[["1", "a", "x"]], &[["2", "serde_json", "y"]]];
        assert_eq!(printed(None, &pages), "N  CRATE  WHAT\n1  a      x\n2  serde_json  y\n");
    }

    #[test]
    fn only_a_terminal_cuts_and_the_widest_column_first() {
        let rows: &[[&str; 3]] = &[["1", "a-very-long-crate-name", "short"]];
        assert!(printed(None, &[rows]).contains("a-very-long-crate-name  short"));
        assert_eq!(printed(Some(22), &[rows]), "N  CRATE         WHAT\n1  a-very-long…  short\n");
        // Nothing goes below its least width.
        assert_eq!(printed(Some(5), &[rows]), "N  CRATE   WHAT\n1  a-ver…  sho…\n");
    }

    #[test]
    fn bad_input_45_a_cell_stays_a_cell() {
        let rows: &[[&str; 3]] = &[["1", "a\n2  forged", "\u{1b}[2J"]];
        assert_eq!(printed(None, &[rows]).lines().count(), 2);
        assert!(printed(None, &[rows]).contains("a\\u{a}2  forged  \\u{1b}[2J"));
    }

    #[test]
    fn on_a_terminal_a_column_with_nothing_in_it_takes_no_room() {
        let rows = [[Cell::new(1), Cell::empty(), Cell::new("x")]];
        for (room, expected) in
            [(Some(80), "N  WHAT\n1  x\n"), (None, "N  CRATE  WHAT\n1         x\n")]
        {
            let mut out = Vec::new();
            Table::new(COLUMNS, room).filled(&rows).print(&mut out, &rows).unwrap();
            let out = anstream::adapter::strip_bytes(&out).into_vec();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
