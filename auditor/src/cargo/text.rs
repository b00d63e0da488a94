//! A text and its lines: byte offsets become lines and columns.

use std::ops::Range;

use memchr::memchr_iter;

use crate::report::Span;

/// A file's text, with the offsets of its lines.
pub(crate) struct Text<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    starts: Vec<u32>,
}

impl<'a> Text<'a> {
    /// A byte-order mark at the beginning belongs to no line, and is dropped.
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let after_breaks = memchr_iter(b'\n', text.as_bytes()).map(|at| offset(at + 1));
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    pub(crate) fn as_str(&self) -> &'a str {
        self.text
    }

    /// Where a range of bytes lies.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        // A place inside a character would silently become the line's first column.
        #[cfg(fuzzing)]
        for at in [range.start, range.end] {
            assert!(self.text.is_char_boundary(at), "no character begins at byte {at}");
        }
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end.max(range.start));
        Span { line, column, end_line, end_column }
    }

    /// The byte at a line (from 1) and a column (from 0, in characters); the end of the text for
    /// places behind it.
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let Some(start) = start.map(|start| *start as usize) else { return self.text.len() };
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start as usize <= at);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied();
        let before = self.text.get(start.unwrap_or(0) as usize..at).unwrap_or_default();
        // Most lines are ASCII, where a character is a byte.
        let column = if before.is_ascii() { before.len() } else { before.chars().count() };
        (offset(line), offset(column + 1))
    }
}

/// Files are far smaller than 4 GB (`limits.rs`).
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let text = Text::new("\u{feff}a\né = 1\r\n");
        assert_eq!(text.as_str(), "a\né = 1\r\n");
        let span = |range| text.span(range);
        assert_eq!(span(0..1), Span { line: 1, column: 1, end_line: 1, end_column: 2 });
        assert_eq!(span(2..8), Span { line: 2, column: 1, end_line: 2, end_column: 6 });
        assert_eq!(span(10..10), Span { line: 3, column: 1, end_line: 3, end_column: 1 });
        assert_eq!(span(99..99).line, 3);
    }
}
