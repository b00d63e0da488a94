use depaudit_model::Checksum;
use depaudit_model::cargo::{PackagePath, Unread};
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

/// A difference in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Files that only the other side has.
    pub added: usize,
    /// Files that only the release has.
    pub removed: usize,
    /// Files that both have, with other bytes.
    pub changed: usize,
    /// Lines that only the other side has, in texts.
    pub lines_added: usize,
    /// Lines that only the release has, in texts.
    pub lines_removed: usize,
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

/// What became of a file of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The release does not have it.
    Added,
    /// It is gone.
    Removed,
    /// It has other bytes.
    Changed,
}

/// What a file is: the more telling of its two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A text.
    Text,
    /// No text.
    Binary,
    /// Too large to be compared line by line.
    Large,
    /// Not read.
    #[serde(untagged)]
    Unread(Unread),
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

/// What can deserve a second look, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A build script that the release does not have: it runs wherever the package is built.
    BuildScriptAdded,
    /// The build script has other bytes.
    BuildScriptChanged,
    /// The library became a procedural macro, which runs in every build.
    ProcMacroAdded,
    /// The library is a procedural macro, and its sources differ.
    ProcMacroChanged,
    /// More uses of `unsafe`.
    UnsafeCode,
    /// Processes are started that were not.
    ProcessUse,
    /// The network is used that was not.
    NetworkUse,
    /// A dependency that the release does not have.
    NewDependency,
    /// A file that is no text was added or changed.
    BinaryFile,
    /// A symbolic link out of the package.
    Link,
    /// Two paths that are one file on Windows and macOS.
    CaseTwins,
    /// A source or manifest that could not be understood, and so was not judged.
    NotUnderstood,
}

impl MarkKind {
    /// In words, as `unsafe code`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::BuildScriptAdded => "a new build script",
            Self::BuildScriptChanged => "a changed build script",
            Self::ProcMacroAdded => "a new procedural macro",
            Self::ProcMacroChanged => "a changed procedural macro",
            Self::UnsafeCode => "more unsafe code",
            Self::ProcessUse => "new use of processes",
            Self::NetworkUse => "new use of the network",
            Self::NewDependency => "a new dependency",
            Self::BinaryFile => "a binary file",
            Self::Link => "a link that was not followed",
            Self::CaseTwins => "paths that differ by case alone",
            Self::NotUnderstood => "something that could not be understood",
        }
    }
}
