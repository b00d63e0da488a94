use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use depaudit_model::terminal::printable;
use serde::{Serialize, Serializer};

/// A stretch of text in a file. Lines and columns count from 1, columns in Unicode characters; the
/// end is the first column that is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
}

impl Span {
    /// The beginning of a file: for what a whole file is about.
    pub const START: Self = Self { line: 1, column: 1, end_line: 1, end_column: 1 };
}

/// A place in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file as the caller named it: a path, or an address without credentials.
    #[serde(serialize_with = "as_text")]
    pub file: Arc<str>,
    /// Where in it.
    #[serde(flatten)]
    pub span: Span,
}

fn as_text<S: Serializer>(file: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(file)
}

/// `depaudit.toml:3:1`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", printable(&self.file), self.span.line, self.span.column)
    }
}

/// A value, and the line of a policy that gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// Why something is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// No policy says anything, so the default holds.
    Default,
    /// This line of a policy says so.
    Line(Place),
}

impl Because {
    /// The line that decided, where one did.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Default => None,
            Self::Line(place) => Some(place),
        }
    }
}

/// A policy's text with the offsets of its lines.
pub(crate) struct Lines<'a> {
    file: Arc<str>,
    text: &'a str,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(file: Arc<str>, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { file, text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// Where a range of bytes lies.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end.max(range.start));
        let span = Span { line, column, end_line, end_column };
        Place { file: Arc::clone(&self.file), span }
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied();
        let before = self.text.get(start.unwrap_or(0)..at).unwrap_or_default();
        (count(line), count(before.chars().count() + 1))
    }
}

/// A policy is far smaller than 4 GB.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let lines = Lines::new("depaudit.toml".into(), "a\né = 1\n");
        let place = lines.place(2..8);
        assert_eq!(place.span, Span { line: 2, column: 1, end_line: 2, end_column: 6 });
        assert_eq!(place.to_string(), "depaudit.toml:2:1");
        assert_eq!(lines.place(99..99).span.line, 3);
    }
}
