use super::RepoPath;
use crate::ci::CiKind;

/// Why a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A Cargo.toml.
    Manifest,
    /// A Cargo.lock.
    Lock,
    /// A `.cargo/config.toml`, or a `.cargo/config` under its old name.
    CargoConfig,
    /// A rust-toolchain.toml, or its old form without an ending.
    Toolchain,
    /// Something that builds.
    Ci(CiKind),
}

impl FileKind {
    /// What a file of this name in this folder is; `None` for the many that do not count.
    pub(crate) fn of(folder: &RepoPath, name: &str) -> Option<Self> {
        match name {
            "Cargo.toml" => Some(Self::Manifest),
            "Cargo.lock" => Some(Self::Lock),
            "rust-toolchain" | "rust-toolchain.toml" => Some(Self::Toolchain),
            "config" | "config.toml" if folder.name() == ".cargo" => Some(Self::CargoConfig),
            _ => CiKind::of(folder, name).map(Self::Ci),
        }
    }
}
