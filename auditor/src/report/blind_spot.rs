use serde::Serialize;

use super::Location;
use crate::files::RepoPath;

/// What can change a build and lies outside of what a scan sees. It is listed, never passed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BlindSpot {
    /// What kind of thing.
    pub kind: BlindSpotKind,
    /// The place below the root that leads there, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<RepoPath>,
    /// The line there, where one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What a person should know.
    pub message: String,
}

/// The kinds of blind spots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlindSpotKind {
    /// Cargo reads configuration from the folders above the root.
    ParentConfig,
    /// Cargo reads `$CARGO_HOME/config.toml`, which is the runner's.
    CargoHome,
    /// Environment variables of whoever builds.
    Environment,
    /// A link leads out of the root.
    LinkOutside,
    /// A path in a manifest or in configuration leads out of the root.
    PathOutside,
    /// A name is not UTF-8.
    UnreadableName,
    /// A setting lets another program build: what it does cannot be proven.
    Unprovable,
    /// A setting lets another lock count, or other versions be chosen, as Cargo's version decides.
    Resolution,
    /// A script writes Cargo's configuration, which is not there before it runs.
    WrittenConfig,
}

impl BlindSpotKind {
    const fn message(self) -> &'static str {
        match self {
            Self::ParentConfig => {
                "Cargo also reads .cargo/config.toml in every folder above the scanned one"
            }
            Self::CargoHome => "Cargo also reads config.toml in the CARGO_HOME of whoever builds",
            Self::Environment => {
                "CARGO_* variables of whoever builds can replace sources and registries"
            }
            Self::LinkOutside => "the link leads out of the scanned folder and was not followed",
            Self::PathOutside => "the path leads out of the scanned folder and was not read",
            Self::UnreadableName => "the name is not UTF-8; what lies there was not read",
            Self::Unprovable => "another program builds in place of rustc or a build script",
            Self::Resolution => {
                "which lock counts, or how versions are chosen, depends on the Cargo that reads it"
            }
            Self::WrittenConfig => {
                "a script writes Cargo's configuration when it runs; what it writes was not read"
            }
        }
    }

    pub(crate) fn everywhere(self) -> BlindSpot {
        BlindSpot { kind: self, path: None, line: None, message: self.message().to_owned() }
    }
}

impl BlindSpot {
    pub(crate) fn at(kind: BlindSpotKind, path: RepoPath) -> Self {
        Self { kind, path: Some(path), line: None, message: kind.message().to_owned() }
    }

    /// About what stands at a place, beginning with how it is called there.
    pub(crate) fn named(kind: BlindSpotKind, name: &str, location: &Location) -> Self {
        Self {
            kind,
            path: Some(location.path.clone()),
            line: Some(location.span.line),
            message: format!("`{name}`: {}", kind.message()),
        }
    }
}
