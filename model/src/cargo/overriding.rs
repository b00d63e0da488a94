use serde::{Deserialize, Serialize};

/// By which mechanism an override acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// In what sort of file an override stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideLayer {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideState {
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

impl OverrideState {
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
