pub use depaudit_model::cargo::{OverrideKind, OverrideLayer as Layer, OverrideState as State};
use depaudit_portfolio::report::Comparison;
use serde::Serialize;

use super::{FileDifference, Location, Locked, Reach, Target};
pub use crate::cargo::source::SourceKey;
use crate::files::RepoPath;

/// One override: something that makes a build take another identity than the shared registry's
/// for a name and version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// By which mechanism.
    pub kind: OverrideKind,
    /// In what sort of file it stands.
    pub layer: Layer,
    /// The source whose package it stands in for; absent where a setting names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKey>,
    /// The package, by its real name; absent where a whole source is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The version that it carries, where the scan can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it puts in place.
    pub target: Target,
    /// For a folder: how far away it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// Whether it acts.
    pub state: State,
    /// What the lock holds of it, where it acts.
    pub locked: Vec<Locked>,
    /// For what is vendored: how the files differ from what their checksums say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<FileDifference>,
    /// For a package in a folder that is no listed member of the workspace: that folder, below the
    /// scan's root.
    #[serde(skip)]
    pub folder: Option<RepoPath>,
    /// How what it puts in place differs from the releases of crates.io that it stands in for: one for
    /// each content that locks hold of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<Comparison>,
    /// The folder of the workspace or package whose build it changes; absent for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<RepoPath>,
    /// Where it stands.
    pub location: Location,
}

impl Override {
    /// Whether it is a path dependency on the workspace's own member, as ordinary as can be.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.kind == OverrideKind::PathDependency && self.reach == Some(Reach::Member)
    }

    /// Whether a build takes it, or would at the next chance.
    #[must_use]
    pub const fn is_effective(&self) -> bool {
        matches!(self.state, State::Used | State::Pending | State::NoLock)
    }
}
