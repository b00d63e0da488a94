use std::collections::BTreeMap;

use crate::cargo::manifest::{Manifest, PackageVersion};
use crate::files::{RepoPath, Tree};

use super::{RootOf, find_root};

/// Every Cargo.toml below a root, and how paths lead to them.
#[derive(Debug)]
pub(crate) struct Manifests<'t> {
    pub(crate) tree: &'t Tree,
    /// By path; `None` for those that could not be read or parsed.
    by_path: BTreeMap<RepoPath, Option<Manifest>>,
}

/// What there is at the path of a manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lookup<'m> {
    /// No file.
    Missing,
    /// A file that is no manifest, or could not be read.
    Unreadable,
    /// A manifest.
    Read(&'m Manifest),
}

impl<'t> Manifests<'t> {
    pub(crate) fn new(tree: &'t Tree, by_path: BTreeMap<RepoPath, Option<Manifest>>) -> Self {
        Self { tree, by_path }
    }

    /// What there is at `path`, links inside the root followed.
    pub(crate) fn at(&self, path: &RepoPath) -> Lookup<'_> {
        let found = self.by_path.get(path).or_else(|| {
            let real = self.tree.real(path)?;
            self.by_path.get(&real)
        });
        match found {
            None => Lookup::Missing,
            Some(None) => Lookup::Unreadable,
            Some(Some(manifest)) => Lookup::Read(manifest),
        }
    }

    /// The manifest at `path`, where one could be read.
    pub(crate) fn get(&self, path: &RepoPath) -> Option<&Manifest> {
        match self.at(path) {
            Lookup::Read(manifest) => Some(manifest),
            Lookup::Missing | Lookup::Unreadable => None,
        }
    }

    /// Whether a file named Cargo.toml lies at `path`.
    pub(crate) fn has(&self, path: &RepoPath) -> bool {
        !matches!(self.at(path), Lookup::Missing)
    }

    /// Every manifest that could be read.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Manifest> {
        self.by_path.values().flatten()
    }

    /// How many Cargo.toml there are.
    pub(crate) fn len(&self) -> usize {
        self.by_path.len()
    }

    /// How many of them could not be read.
    pub(crate) fn unreadable(&self) -> usize {
        self.by_path.values().filter(|manifest| manifest.is_none()).count()
    }

    /// The version of the package at `path`, inherited ones followed; `None` where it cannot be
    /// known.
    pub(crate) fn version_of(&self, path: &RepoPath) -> Option<&str> {
        match &self.get(path)?.package.as_ref()?.version {
            PackageVersion::Written(version) => Some(version),
            PackageVersion::Absent => Some("0.0.0"),
            PackageVersion::Inherited => match find_root(self, path) {
                RootOf::At(root) => self.get(&root)?.workspace.as_ref()?.package_version.as_deref(),
                RootOf::Outside | RootOf::Nowhere => None,
            },
        }
    }
}

/// The manifest in a folder.
pub(super) fn manifest_in(folder: &RepoPath) -> RepoPath {
    folder.child("Cargo.toml")
}
