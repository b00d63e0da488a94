//! What `depaudit fix` can change: data that rules attach to findings, and the edits themselves.

use serde::Serialize;

use crate::files::RepoPath;
use crate::report::Span;

/// How a finding can be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What would change, as a sentence without its full stop.
    pub description: String,
    /// Whether no build takes other bytes afterwards. What is not safe is done only when somebody
    /// asks for it.
    pub safe: bool,
    /// The edits, all of which belong together.
    #[serde(skip)]
    pub edits: Vec<Edit>,
}

/// One change of one TOML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the team's root.
    pub path: RepoPath,
    /// The entry that is meant: its key and its value, as a record's location has it.
    pub entry: Span,
    /// What happens to it.
    pub change: Change,
}

/// What can happen to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It goes, and a table that it leaves empty goes with it.
    Remove,
    /// It follows this commit, and no branch or tag any more.
    PinCommit(String),
    /// It asks for these versions.
    Requirement(String),
}
