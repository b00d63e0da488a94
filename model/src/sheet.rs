//! Tables for spreadsheets.

use std::io::{self, Write};

use crate::terminal::printable;

/// Comma-separated values (RFC 4180), with a line of titles, that are safe to open in a spreadsheet.
#[derive(Debug)]
pub struct Sheet<W: Write, const N: usize>(csv::Writer<W>);

impl<W: Write, const N: usize> Sheet<W, N> {
    /// Writes the titles.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn new(out: W, titles: [&str; N]) -> io::Result<Self> {
        let mut sheet = Self(csv::Writer::from_writer(out));
        sheet.0.write_record(titles)?;
        Ok(sheet)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn row(&mut self, cells: [String; N]) -> io::Result<()> {
        Ok(self.0.write_record(cells.map(|cell| tame(&cell)))?)
    }

    /// Hands on what was written. Dropped without it, the last rows may be lost without a word.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A cell that no spreadsheet takes for a formula and no terminal obeys. Excel and its relatives run
/// what begins with one of four characters, quoted or not; an apostrophe in front makes it a text.
fn tame(cell: &str) -> String {
    let shown = printable(cell).to_string();
    // Control characters are shown as escapes by now; one in front was meant to hide a formula.
    let hidden = cell.trim_start_matches(|it: char| it.is_control() || it.is_whitespace());
    if hidden.starts_with(STARTS) { format!("'{shown}") } else { shown }
}

/// What a formula begins with, also as the wide letters that some spreadsheets take for the same.
const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(cells: [&str; 2]) -> String {
        let mut out = Vec::new();
        let mut sheet = Sheet::new(&mut out, ["who", "what"]).unwrap();
        sheet.row(cells.map(str::to_owned)).unwrap();
        sheet.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        text.strip_prefix("who,what\n").unwrap().to_owned()
    }

    #[test]
    fn bad_input_46_a_cell_is_no_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＋1"] {
            let row = sheet([formula, "x"]);
            assert!(row.starts_with('\''), "{formula:?}: {row}");
        }
        assert_eq!(
            sheet(["=cmd|' /C calc'!A0", "a,\"=1\""]),
            "'=cmd|' /C calc'!A0,\"a,\"\"=1\"\"\"\n"
        );
        assert_eq!(sheet(["crates-io", "1.0.0"]), "crates-io,1.0.0\n");
    }

    #[test]
    fn bad_input_45_a_cell_stays_in_its_cell() {
        assert_eq!(sheet(["a\nb,c", "\u{1b}[2J\u{202e}"]), "\"a\\u{a}b,c\",\\u{1b}[2J\\u{202e}\n");
    }
}
