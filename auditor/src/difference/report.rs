use depaudit_model::Checksum;
use depaudit_model::cargo::PackagePath;
pub use depaudit_model::cargo::{ChangeKind, FileKind, MarkKind, Totals};
use serde::Serialize;

/// How much a comparison tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Paths, counts and marks.
    Counts,
    /// What changed within texts as well.
    Text,
}

/// How two sets of files differ. Field names are those of the JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The release.
    pub release: Side,
    /// What is held against it.
    pub other: Side,
    /// The sums.
    pub totals: Totals,
    /// What deserves a second look, by kind.
    pub marks: Vec<Mark>,
    /// The files that are not the same, by path.
    pub files: Vec<ChangedFile>,
}

impl Difference {
    /// Whether both sides hold the same files. Where a file could not be read, they do not.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.files.is_empty()
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The digest of every path and every file's digest, as they were compared: equal on both sides
    /// when nothing differs.
    pub sha256: Checksum,
    /// How many files there are.
    pub files: usize,
    /// Their lengths, in bytes.
    pub bytes: u64,
}

/// A file that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedFile {
    /// Where it lies in its package.
    pub path: PackagePath,
    /// What became of it.
    pub change: ChangeKind,
    /// What it is.
    pub kind: FileKind,
    /// Lines that only the other side has; 0 for what is no text.
    pub lines_added: usize,
    /// Lines that only the release has; 0 for what is no text.
    pub lines_removed: usize,
    /// The change as a unified diff, without a title; absent where it was not asked for, is too long,
    /// or the file is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Something in a difference that deserves a second look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// The files or packages that it is about, in order; the first [`Mark::MOST`] of them.
    pub about: Vec<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
    /// For what is counted: how often the release has it in these files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
    /// For what is counted: how often the other side has it in these files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
}

impl Mark {
    /// How many files or packages one mark names.
    pub const MOST: usize = 20;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
