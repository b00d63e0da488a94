use super::Span;
use crate::files::RepoPath;

/// Something the scan should have read and could not. Each becomes a finding of SCN01.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The file or folder.
    pub path: RepoPath,
    /// Where in it; absent when it is about the whole.
    pub span: Option<Span>,
    /// What is wrong, as the end of a sentence that begins with the path.
    pub message: String,
}
