use std::fmt;

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
    /// A folder of unpacked packages, as written.
    Directory(String),
    /// A folder of `.crate` files with an index, as written.
    LocalRegistry(String),
    /// Nothing: the names of sources that replace each other in a circle.
    Loop(Vec<String>),
    /// What a variable or flag is set to.
    Setting(SettingValue),
}

/// In words, as the end of "it comes from".
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git(git) => match git.reference.value() {
                Some(value) => write!(f, "{} ({} `{value}`)", git.url, git.reference.key()),
                None => f.write_str(&git.url),
            },
            Self::Path(path) => write!(f, "the folder `{path}`"),
            Self::Registry(registry) => write!(f, "the registry `{}`", registry.name),
            Self::Version(version) => write!(f, "version `{version}`"),
            Self::Directory(path) => write!(f, "the packages in `{path}`"),
            Self::LocalRegistry(path) => write!(f, "the local registry `{path}`"),
            Self::Loop(names) => write!(f, "nowhere: {} go in a circle", names.join(", ")),
            Self::Setting(SettingValue { name, value: Some(value) }) => {
                write!(f, "`{name}={value}`")
            }
            Self::Setting(SettingValue { name, value: None }) => write!(f, "`{name}`"),
        }
    }
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

/// A variable or flag and its value, without credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SettingValue {
    /// Its name.
    pub name: String,
    /// Its value; absent where a file does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
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
