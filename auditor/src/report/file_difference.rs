use serde::Serialize;

use crate::files::RepoPath;

/// A vendored file that is not what its checksum file says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileDifference {
    /// How it differs.
    pub kind: DifferenceKind,
    /// The file.
    pub path: RepoPath,
}

/// How a vendored file can differ, the worst first: an older Cargo may have left files out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// The checksum of the whole package is not the lock's.
    OtherPackage,
    /// It has other bytes than listed. Cargo refuses to build it.
    Changed,
    /// It is not listed: Cargo builds it without looking.
    Unlisted,
    /// It is listed, and not there.
    Missing,
    /// There is no checksum file, or it cannot be read.
    Unverifiable,
}
