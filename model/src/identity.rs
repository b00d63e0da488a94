use std::fmt;

use crate::Checksum;

/// What makes bytes the same bytes: two packages are one exactly when their identities are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// A registry's crate. `registry` is `crates-io` or the registry's canonical index URL.
    Registry {
        /// Which registry.
        registry: String,
        /// The crate's checksum; `None` where a lock names none, and then anything may come.
        checksum: Option<Checksum>,
    },
    /// A commit of a git repository.
    Git {
        /// The canonical URL.
        url: String,
        /// The full commit hash; `None` where nothing pins it.
        commit: Option<String>,
    },
    /// A folder, known by where it is and, once somebody has read it, by a digest of its content.
    Path {
        /// Relative to the repository's root, with `/` between its parts.
        path: String,
        /// SHA-256 over the names and bytes of its files, where it was computed.
        content: Option<Checksum>,
    },
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry { registry, checksum: Some(sum) } => write!(f, "{registry} {sum}"),
            Self::Registry { registry, checksum: None } => write!(f, "{registry} (no checksum)"),
            Self::Git { url, commit: Some(commit) } => write!(f, "{url}#{commit}"),
            Self::Git { url, commit: None } => write!(f, "{url} (not pinned)"),
            Self::Path { path, content: Some(sum) } => write!(f, "{path} {sum}"),
            Self::Path { path, content: None } => f.write_str(path),
        }
    }
}
