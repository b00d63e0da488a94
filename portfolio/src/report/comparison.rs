use depaudit_model::Checksum;
use depaudit_model::cargo::{ChangeKind, FileKind, MarkKind, Totals};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{ChangedText, Label};

/// What an override puts in place, held against the release that it stands in for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Comparison {
    /// The version of the content; absent where nothing tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What came of it.
    pub outcome: Outcome,
}

impl Comparison {
    /// Whether one of both sides was not there.
    #[must_use]
    pub const fn is_not_compared(&self) -> bool {
        matches!(self.outcome, Outcome::NotCompared(_))
    }

    /// The comparison with this release, where that is what was compared.
    #[must_use]
    pub fn compared_with(&self, release: &Version) -> Option<&Compared> {
        match &self.outcome {
            Outcome::Compared(it) if it.release == *release => Some(it),
            _ => None,
        }
    }

    /// In a few words: `1 added, 2 changed, 0 removed: a new build script`.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.outcome {
            Outcome::Compared(it) if it.totals.is_none() => "nothing".to_owned(),
            Outcome::Compared(it) => {
                let Totals { added, changed, removed, .. } = it.totals;
                let marks: Vec<_> = it.marks.iter().map(|mark| mark.kind.words()).collect();
                let colon = if marks.is_empty() { "" } else { ": " };
                let marks = marks.join(", ");
                format!("{added} added, {changed} changed, {removed} removed{colon}{marks}")
            }
            Outcome::NotCompared(why) => format!("not compared: {}", why.why()),
        }
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Both sides were read.
    Compared(Box<Compared>),
    /// One was not there.
    NotCompared(NotCompared),
}

/// How the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Compared {
    /// The release: of the content's own version; for a fork that calls itself `1.2.0-ours`, the one
    /// that it comes from.
    pub release: Version,
    /// The digest of the release's files: equal to the content's when nothing differs.
    pub release_sha256: Checksum,
    /// The digest of the content's files.
    pub content_sha256: Checksum,
    /// The sums.
    pub totals: Totals,
    /// Whether nothing differs but prose (a README, a licence, hidden files), and files are left out.
    pub prose_only: bool,
    /// What deserves a second look, by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<RiskMark>,
    /// The files that differ, by path; only where the scan was asked to show them, and the first
    /// [`Compared::MOST_FILES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileChange>,
}

impl Compared {
    /// How many files one comparison shows.
    pub const MOST_FILES: usize = 1_000;

    /// Whether a release of the very version of the content has other bytes.
    #[must_use]
    pub fn shadows(&self, version: Option<&Version>) -> bool {
        !self.totals.is_none() && version == Some(&self.release)
    }
}

/// Something that deserves a second look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RiskMark {
    /// What it is.
    pub kind: MarkKind,
    /// The files or packages that it is about; the first few.
    pub about: Vec<Label>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// For what is counted: how often the release has it in these files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
    /// For what is counted: how often the content has it in these files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<usize>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileChange {
    /// Where it lies in its package.
    pub path: Label,
    /// What became of it.
    pub change: ChangeKind,
    /// What it is.
    pub kind: FileKind,
    /// Lines that only the content has.
    pub lines_added: usize,
    /// Lines that only the release has.
    pub lines_removed: usize,
    /// The change as a unified diff; absent where the file is no text, or too much changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<ChangedText>,
}

/// Why there was nothing to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotCompared {
    /// There is no release of this version.
    NotPublished,
    /// Nothing is known about what has been published.
    NothingKnown,
    /// The release's crate is not at hand.
    NoCrate,
    /// Nothing tells the version of the content.
    NoVersion,
    /// No lock tells the commit.
    NoCommit,
    /// Nobody has fetched the commit.
    CommitAway,
    /// The folder lies outside of what was scanned.
    Outside,
    /// There is no package in the folder.
    NoPackage,
    /// The content is another registry's crate.
    OtherRegistry,
    /// The content's files could not be read as a package.
    Unreadable,
}

impl NotCompared {
    /// In words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::NotPublished => "no release of this version is known",
            Self::NothingKnown => "nothing is known about what has been published",
            Self::NoCrate => "the release's crate is not at hand",
            Self::NoVersion => "nothing tells its version",
            Self::NoCommit => "no lock tells the commit",
            Self::CommitAway => "the commit is not at hand",
            Self::Outside => "the folder lies outside of what was scanned",
            Self::NoPackage => "there is no such package in the folder",
            Self::OtherRegistry => "another registry's crate is not at hand",
            Self::Unreadable => "its files cannot be read as a package",
        }
    }
}
