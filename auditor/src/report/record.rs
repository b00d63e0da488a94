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

/// The mechanisms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideKind {
    /// `[patch]` in a manifest.
    Patch,
    /// `[replace]`.
    Replace,
    /// `[patch]` in configuration.
    ConfigPatch,
    /// `paths` in configuration.
    ConfigPaths,
    /// `[source]` in configuration.
    SourceReplacement,
    /// A dependency with `git`.
    GitDependency,
    /// A dependency with `path`.
    PathDependency,
    /// A dependency from another registry.
    RegistryDependency,
    /// A folder of unpacked packages in the repository, or one package of it.
    Vendored,
    /// An environment variable.
    Env,
    /// A flag of a cargo command.
    Flag,
}

impl OverrideKind {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Replace => "replace",
            Self::ConfigPatch => "config-patch",
            Self::ConfigPaths => "config-paths",
            Self::SourceReplacement => "source-replacement",
            Self::GitDependency => "git-dependency",
            Self::PathDependency => "path-dependency",
            Self::RegistryDependency => "registry-dependency",
            Self::Vendored => "vendored",
            Self::Env => "env",
            Self::Flag => "flag",
        }
    }
}

/// The sorts of files in which overrides stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A Cargo.toml.
    Manifest,
    /// A Cargo configuration file.
    Config,
    /// A CI system's file.
    Ci,
    /// A Dockerfile or Containerfile.
    Container,
    /// A Makefile, justfile or shell script.
    Script,
    /// The environment of whoever runs the scan.
    Environment,
    /// A vendored tree.
    Vendor,
}

/// Whether an override acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The lock holds what it puts in place.
    Used,
    /// The lock says that it matched nothing, or nothing inherits it.
    Unused,
    /// The lock knows nothing of it: the next build that may write the lock decides.
    Pending,
    /// Cargo does not look at it there.
    Ignored,
    /// There is no lock to tell.
    NoLock,
}

impl State {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Pending => "pending",
            Self::Ignored => "ignored",
            Self::NoLock => "no-lock",
        }
    }
}
