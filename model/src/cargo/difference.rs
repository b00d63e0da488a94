use serde::{Deserialize, Serialize};

use super::Unread;

/// How the files of an override differ from those of a release, in numbers.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
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

impl Totals {
    /// Whether no file differs.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.added == 0 && self.removed == 0 && self.changed == 0
    }

    /// In words: `1 file added, 2 changed, 0 removed; +10 -3 lines`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { added, removed, changed, lines_added, lines_removed } = self;
        let files = if *added == 1 { "file" } else { "files" };
        format!(
            "{added} {files} added, {changed} changed, {removed} removed; \
             +{lines_added} -{lines_removed} lines"
        )
    }
}

/// What became of a file of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// What can deserve a second look, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
