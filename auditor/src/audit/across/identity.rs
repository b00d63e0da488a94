use std::fmt;

use crate::cargo::source::CanonicalUrl;

/// Where the bytes of a locked package come from, as far as a scan can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Identity<'a> {
    /// A folder that an override puts in the place of another source.
    StandIn {
        /// The team, by its number: two teams' folders are never one.
        team: usize,
        /// The folder, as the override has it.
        folder: &'a str,
    },
    /// A commit of a git repository.
    Git {
        /// The repository.
        url: &'a CanonicalUrl,
        /// The commit; a lock that Cargo wrote has one.
        commit: Option<&'a str>,
    },
    /// Another registry than the default one, by the text in the lock.
    Registry(&'a str),
    /// The default registry.
    CratesIo,
    /// A folder of which nothing says that it stands for anything but itself: a member, say.
    Folder {
        /// The team, by its number.
        team: usize,
    },
}

impl Identity<'_> {
    /// The same without the commit: the place rather than the bytes.
    pub(crate) const fn source(self) -> Self {
        match self {
            Self::Git { url, .. } => Self::Git { url, commit: None },
            other => other,
        }
    }

    /// Whether it is a registry's package.
    pub(crate) const fn is_registry(self) -> bool {
        matches!(self, Self::CratesIo | Self::Registry(_))
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandIn { folder, .. } => write!(f, "the folder `{folder}`"),
            Self::Git { url, commit: None } => write!(f, "{url}"),
            Self::Git { url, commit: Some(commit) } => write!(f, "{url} at {commit:.12}"),
            Self::Registry(registry) => write!(f, "the registry {registry}"),
            Self::CratesIo => f.write_str("crates.io"),
            Self::Folder { .. } => f.write_str("a folder of its own"),
        }
    }
}
