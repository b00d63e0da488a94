use std::collections::BTreeSet;

use serde::Serialize;

/// How the teams of one scan differ. All numbers come from their locks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CrossTeam {
    /// Names that two teams or more lock from somewhere else than a folder.
    pub shared: usize,
    /// Shared names at more than one version, over all teams.
    pub drift: usize,
    /// Shared names on more than one line of compatible versions.
    pub incompatible: usize,
    /// Shared names of which no version is locked by every team that has them.
    pub no_common: usize,
    /// Names that one team takes from git or a folder, and another from the default registry.
    pub split_source: usize,
    /// Numbers about one version of one name.
    pub same_version: SameVersion,
    /// The names behind the numbers.
    pub crates: CrossTeamCrates,
}

/// Pairs of name and version that two teams or more lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SameVersion {
    /// All such pairs.
    pub shared: usize,
    /// With more than one checksum from the default registry.
    pub checksum: usize,
    /// With more than one kind of source.
    pub kind: usize,
    /// From git repositories of different URLs.
    pub git_url: usize,
    /// From one git repository at different commits.
    pub git_rev: usize,
    /// From folders of several teams: the same name, probably not the same package.
    pub path_path: usize,
}

/// The names behind the numbers of [`CrossTeam`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CrossTeamCrates {
    /// Behind `shared`.
    pub shared: BTreeSet<String>,
    /// Behind `drift`.
    pub drift: BTreeSet<String>,
    /// Behind `incompatible`.
    pub incompatible: BTreeSet<String>,
    /// Behind `no_common`.
    pub no_common: BTreeSet<String>,
    /// Behind `split_source`.
    pub split_source: BTreeSet<String>,
    /// Behind `same_version`, as `name@version`.
    pub same_version: SameVersionCrates,
}

/// The pairs behind the numbers of [`SameVersion`], as `name@version`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SameVersionCrates {
    /// Behind `checksum`.
    pub checksum: BTreeSet<String>,
    /// Behind `kind`.
    pub kind: BTreeSet<String>,
    /// Behind `git_url`.
    pub git_url: BTreeSet<String>,
    /// Behind `git_rev`.
    pub git_rev: BTreeSet<String>,
    /// Behind `path_path`.
    pub path_path: BTreeSet<String>,
}
