use serde::Serialize;

pub use crate::cargo::source::{CanonicalUrl, GitReference, GitTarget};

/// What an override puts in place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A git repository.
    Git(GitTarget),
    /// A folder, as written.
    Path(String),
    /// Another registry.
    Registry(RegistryRef),
    /// A version of the same registry: a pin.
    Version(String),
}

/// A registry as an entry names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RegistryRef {
    /// Its name in configuration, or its URL.
    pub name: String,
    /// The requirement on the version, where one is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How far a folder that an override points at lies away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It is a member of the same workspace.
    Member,
    /// It is in the same repository, and no member of the workspace.
    Repository,
    /// There is nothing there.
    Missing,
    /// It is outside of what was scanned.
    Outside,
}
