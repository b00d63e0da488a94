pub use depaudit_policy::Span;
use serde::Serialize;

use crate::files::RepoPath;

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
