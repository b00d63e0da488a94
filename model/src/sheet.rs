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
///
/// Where the system's list separator is another one than the comma, a spreadsheet splits there as well,
/// also between quotes that then no longer stand at a cell's ends. So each part gets the apostrophe.
fn tame(cell: &str) -> String {
    let mut tamed = String::with_capacity(cell.len());
    for part in cell.split_inclusive(SEPARATORS) {
        // Control characters are shown as escapes; one in front was meant to hide a formula, as a quote
        // is that the spreadsheet takes away.
        let hides = |it: char| it.is_control() || it.is_whitespace() || matches!(it, '"' | '\'');
        if part.trim_start_matches(hides).starts_with(STARTS) {
            tamed.push('\'');
        }
        tamed.push_str(&printable(part).to_string());
    }
    tamed
}

/// What spreadsheets split lines at, beside control characters, which no cell has by then.
const SEPARATORS: [char; 3] = [',', ';', '|'];

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
            "'=cmd|' /C calc'!A0,\"a,'\"\"=1\"\"\"\n"
        );
        assert_eq!(sheet(["crates-io", "1.0.0"]), "crates-io,1.0.0\n");
    }

    #[test]
    fn bad_input_46_a_cell_is_no_formula_wherever_a_spreadsheet_splits_it() {
        for separator in [';', ',', '|'] {
            for before in ["", "a", "a \"b"] {
                for formula in ["=1+1", " =1", "\"=1", "+1", "-1", "@A1", "\r=1", "＝1"] {
                    let row = sheet([&format!("{before}{separator}{formula}"), "x"]);
                    let ours = row.trim_start_matches('"').strip_suffix(",x\n").unwrap();
                    let ours = ours.trim_end_matches('"').replace("\"\"", "\"");
                    // As the cell has it, whatever became of the separator.
                    let (_, rest) = ours.split_at(before.len());
                    let (_, rest) = rest.split_once('\'').expect("an apostrophe");
                    assert!(!rest.is_empty(), "{before:?} {separator:?} {formula:?}: {row}");
                }
            }
        }
        assert_eq!(sheet([";=1+1", "x"]), ";'=1+1,x\n");
        assert_eq!(sheet(["a; b, c", "1.0.0-rc.1"]), "\"a; b, c\",1.0.0-rc.1\n");
    }

    #[test]
    fn bad_input_45_a_cell_stays_in_its_cell() {
        assert_eq!(sheet(["a\nb,c", "\u{1b}[2J\u{202e}"]), "\"a\\u{a}b,c\",\\u{1b}[2J\\u{202e}\n");
    }
}
