use depaudit_model::Checksum;
use serde::Serialize;

use super::Location;
use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::cargo::source::CanonicalUrl;

/// What a lock holds of an overridden package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Locked {
    /// The version.
    pub version: String,
    /// What makes the bytes the same bytes.
    pub identity: LockedIdentity,
    /// The entry in the lock.
    pub location: Location,
}

/// The identity of a locked package, as far as a lock tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LockedIdentity {
    /// A registry's crate.
    Registry {
        /// `crates-io`, or the registry's URL as the lock has it.
        registry: String,
        /// Its checksum; without one the next download defines what it is.
        checksum: Option<Checksum>,
    },
    /// A commit of a git repository.
    Git {
        /// The repository.
        url: CanonicalUrl,
        /// The commit.
        commit: Option<String>,
    },
    /// A folder: a lock does not say which, nor what is in it.
    Path,
}

impl Locked {
    pub(crate) fn new(lock: &Lock, package: &LockedPackage) -> Self {
        let registry = |registry: &str| LockedIdentity::Registry {
            registry: registry.to_owned(),
            checksum: package.checksum,
        };
        let identity = match &*package.source {
            PackageSource::Path => LockedIdentity::Path,
            PackageSource::CratesIo => registry("crates-io"),
            PackageSource::Other(text) => registry(text),
            PackageSource::Git { url, commit, .. } => LockedIdentity::Git {
                url: url.clone(),
                commit: commit.as_deref().map(str::to_owned),
            },
        };
        let location = Location::new(&lock.path, package.span);
        Self { version: package.version.clone().into(), identity, location }
    }
}
