use crate::files::RepoPath;

/// Why a fix was not made, and of which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {why}")]
pub struct Refusal {
    /// The file, relative to the team's root.
    pub path: RepoPath,
    /// The line on which the entry was.
    pub line: u32,
    /// Why.
    pub why: Why,
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The file cannot be read, or should not be written.
    #[error("{0}")]
    File(String),
    /// What stands there is not the entry that was found.
    #[error("what stands there is not what was scanned: run it again")]
    Changed,
    /// The entry is written in a way that is not edited by a program.
    #[error("{0}: change it by hand")]
    Shape(&'static str),
    /// The edited text would not say what was meant.
    #[error("the edited file would not say what was meant: change it by hand")]
    Meaning,
}
