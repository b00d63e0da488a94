use serde::Serialize;

use crate::files::RepoPath;

/// A stretch of text in a file. Lines and columns count from 1, columns in Unicode characters, as
/// rustc and SARIF's `unicodeCodePoints` count; the end is the first column that is outside.
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

/// A place in a file below a team's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// The file, relative to the team's root.
    pub path: RepoPath,
    /// Where in it.
    #[serde(flatten)]
    pub span: Span,
}

impl Location {
    pub(crate) fn new(path: &RepoPath, span: Span) -> Self {
        Self { path: path.clone(), span }
    }
}
