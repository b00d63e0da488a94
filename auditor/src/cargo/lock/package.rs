use std::sync::Arc;

use depaudit_model::Checksum;
use depaudit_model::cargo::is_crates_io_lock_source;

use crate::cargo::source::{CanonicalUrl, GitReference, without_credentials};
use crate::report::Span;

/// One `[[package]]` of a lock.
#[derive(Debug, Clone)]
pub(crate) struct LockedPackage {
    /// Its name.
    pub(crate) name: Box<str>,
    /// Its version, as written.
    pub(crate) version: Box<str>,
    /// Where it comes from.
    pub(crate) source: Arc<PackageSource>,
    /// Its checksum; packages of registries have one, unless somebody took it out.
    pub(crate) checksum: Option<Checksum>,
    /// What it depends on, as the lock lists it, one a line; `[replace]` names the package in its
    /// place there, too.
    pub(crate) dependencies: Box<str>,
    /// A `[replace]` puts something else in its place.
    pub(crate) replaced: bool,
    /// The block.
    pub(crate) span: Span,
}

/// Where a lock says a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PackageSource {
    /// No source: a member, or a folder.
    Path,
    /// The default registry.
    CratesIo,
    /// A git repository.
    Git {
        /// The URL.
        url: CanonicalUrl,
        /// What was followed.
        reference: GitReference,
        /// The commit; a lock that Cargo wrote has one.
        commit: Option<Box<str>>,
    },
    /// Another registry, or something that Cargo does not write: the text, without credentials.
    Other(Box<str>),
}

impl PackageSource {
    /// Reads the `source` of a package.
    pub(crate) fn of_lock(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Path };
        if is_crates_io_lock_source(text) || text == tame_index::index::sparse::CRATES_IO_HTTP_INDEX
        {
            return Self::CratesIo;
        }
        if !text.starts_with("git+") {
            return Self::Other(without_credentials(text).into());
        }
        Self::Git {
            url: CanonicalUrl::new(text),
            reference: GitReference::of_lock_source(text),
            commit: text.split_once('#').map(|(_, commit)| commit.into()),
        }
    }
}

impl PackageSource {
    /// The kind of source, whatever it is in particular.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::CratesIo => "crates-io",
            Self::Git { .. } => "git",
            Self::Other(_) => "other",
        }
    }
}
