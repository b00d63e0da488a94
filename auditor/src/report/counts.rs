use serde::Serialize;

/// How many of each thing a team has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Regular files named Cargo.toml, outside of folders named `target`.
    pub manifests: usize,
    /// Manifests with `[workspace]`, empty tables included.
    pub roots: usize,
    /// Members of all workspaces: packages named by `members` or reached by a path dependency, the
    /// root's own package included.
    pub members: usize,
    /// Packages that no workspace above them claims.
    pub standalone: usize,
    /// Packages that Cargo refuses to build: a workspace above neither has nor excludes them.
    pub orphans: usize,
    /// Manifests that are no TOML 1.1.
    pub unparsable: usize,
    /// Locks that parse, by version.
    pub locks: LockCounts,
    /// Locked packages, by where they come from, summed over all locks.
    pub lock_packages: LockPackageCounts,
    /// Entries of dependency tables with `git`, by what they follow.
    pub git_dependencies: GitDependencyCounts,
    /// Entries of dependency tables with `path`.
    pub path_dependencies: usize,
    /// Entries whose `package` differs from their key.
    pub renamed: usize,
    /// Entries with `workspace = true`.
    pub inherited: usize,
    /// Names at more than one version within one lock, summed over all locks.
    pub multi_version: usize,
}

/// Locks by version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LockCounts {
    /// Version 1: checksums in `[metadata]`.
    pub v1: usize,
    /// Version 2: checksums in their packages.
    pub v2: usize,
    /// Version 3.
    pub v3: usize,
    /// Version 4.
    pub v4: usize,
    /// Versions that Cargo 1.95 does not write.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown: usize,
}

/// Locked packages by source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LockPackageCounts {
    /// From the default registry.
    #[serde(rename = "crates-io")]
    pub crates_io: usize,
    /// From git.
    pub git: usize,
    /// Members and folders.
    pub path: usize,
    /// From other registries.
    pub other: usize,
}

/// Git dependencies by what they follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GitDependencyCounts {
    /// `rev`.
    pub rev: usize,
    /// `tag`.
    pub tag: usize,
    /// `branch`.
    pub branch: usize,
    /// The remote's default branch.
    pub none: usize,
    /// More than one of them, which Cargo refuses.
    #[serde(skip_serializing_if = "is_zero")]
    pub multiple: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}
