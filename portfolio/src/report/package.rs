use depaudit_model::{Checksum, Identity};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Label, PackageName, SourceText};

/// A package, as a lock holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Where the lock says that it comes from.
    pub source: Source,
    /// Its checksum; packages of registries have one, unless somebody took it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// The folder that an override builds in the place of another source's package. A lock does not
    /// tell which, and with `paths` in configuration not even that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<Label>,
    /// A `[replace]` keeps it out of the build: the package in its place has an entry of its own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replaced: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Where a locked package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The default registry.
    CratesIo,
    /// A commit of a git repository.
    Git {
        /// The canonical URL.
        url: SourceText,
        /// The commit; a lock that Cargo wrote has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<Label>,
    },
    /// Another registry.
    Registry(SourceText),
    /// A member, or a folder.
    Folder,
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The default registry.
    CratesIo,
    /// A git repository.
    Git,
    /// Another registry.
    Registry,
    /// A folder.
    Folder,
}

impl Source {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> SourceKind {
        match self {
            Self::CratesIo => SourceKind::CratesIo,
            Self::Git { .. } => SourceKind::Git,
            Self::Registry(_) => SourceKind::Registry,
            Self::Folder => SourceKind::Folder,
        }
    }
}

impl Package {
    /// What makes its bytes the same bytes, as far as the report tells. A folder is known by where it
    /// stands in for something; two repositories' folders are never one.
    #[must_use]
    pub fn identity(&self) -> Identity {
        if let Some(folder) = &self.stand_in {
            return Identity::Path { path: folder.as_str().to_owned(), content: None };
        }
        let registry = |registry: &str| Identity::Registry {
            registry: registry.to_owned(),
            checksum: self.checksum,
        };
        match &self.source {
            Source::CratesIo => registry("crates-io"),
            Source::Registry(url) => registry(url.as_str()),
            Source::Git { url, commit } => Identity::Git {
                url: url.as_str().to_owned(),
                commit: commit.as_ref().map(|commit| commit.as_str().to_owned()),
            },
            Source::Folder => Identity::Path { path: "a folder".to_owned(), content: None },
        }
    }

    /// Whether it is taken from a folder of which nothing says that it stands for anything but
    /// itself: a member, say.
    #[must_use]
    pub fn is_own_folder(&self) -> bool {
        self.source == Source::Folder && self.stand_in.is_none()
    }
}
