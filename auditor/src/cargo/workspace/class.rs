use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cargo::manifest::Manifest;
use crate::files::RepoPath;
use crate::report::{BlindSpot, Gap};

use super::members::members;
use super::pattern::Folders;
use super::{Manifests, RootOf, find_root};

/// What a manifest is to Cargo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Class {
    /// It has `[workspace]`.
    Root,
    /// It belongs to the workspace at this root.
    Member(RepoPath),
    /// No workspace above claims it: it is its own root.
    Standalone,
    /// A workspace above neither has it as a member nor excludes it: Cargo refuses to build it.
    Orphan,
    /// It parses, and has neither `[package]` nor `[workspace]`.
    NoCrate,
}

/// The workspaces below a root.
#[derive(Debug)]
pub(crate) struct Workspaces {
    /// What every readable manifest is.
    pub(crate) classes: BTreeMap<RepoPath, Class>,
    /// The members of every root, by the root's manifest.
    pub(crate) members: BTreeMap<RepoPath, BTreeSet<RepoPath>>,
    /// What is missing.
    pub(crate) gaps: Vec<Gap>,
    /// What leads out.
    pub(crate) blind_spots: Vec<BlindSpot>,
}

impl Workspaces {
    /// Sorts the manifests.
    pub(crate) fn find(manifests: &Manifests<'_>) -> Self {
        let folders = Folders::new(manifests.tree);
        let mut found = Self {
            classes: BTreeMap::new(),
            members: BTreeMap::new(),
            gaps: Vec::new(),
            blind_spots: Vec::new(),
        };
        let all: Vec<&Manifest> = manifests.all().collect();
        let roots = all.par_iter().filter_map(|root| {
            let table = root.workspace.as_ref()?;
            Some((root.path.clone(), members(manifests, &folders, root, table)))
        });
        for (root, members) in roots.collect::<Vec<_>>() {
            found.members.insert(root, members.manifests);
            found.gaps.extend(members.gaps);
            found.blind_spots.extend(members.blind_spots);
        }
        let class =
            |manifest: &&Manifest| (manifest.path.clone(), found.class(manifests, manifest));
        found.classes = all.par_iter().map(class).collect();
        found
    }

    fn class(&self, manifests: &Manifests<'_>, manifest: &Manifest) -> Class {
        match (&manifest.workspace, &manifest.package) {
            (Some(_), _) => Class::Root,
            (None, None) => Class::NoCrate,
            (None, Some(_)) => self.class_of_package(manifests, &manifest.path),
        }
    }

    fn class_of_package(&self, manifests: &Manifests<'_>, path: &RepoPath) -> Class {
        match find_root(manifests, path) {
            RootOf::Nowhere => Class::Standalone,
            RootOf::Outside => Class::Orphan,
            RootOf::At(root) => match self.members.get(&root) {
                Some(members) if members.contains(path) => Class::Member(root),
                _ => Class::Orphan,
            },
        }
    }

    /// The manifest whose `[patch]`, lock and configuration count for the one at `path`; `None`
    /// where Cargo would refuse to build it.
    pub(crate) fn root_of(&self, path: &RepoPath) -> Option<&RepoPath> {
        let (path, class) = self.classes.get_key_value(path)?;
        match class {
            Class::Root | Class::Standalone => Some(path),
            Class::Member(root) => Some(root),
            Class::Orphan | Class::NoCrate => None,
        }
    }

    /// The nearest manifest in `folder` or above it that decides over a lock.
    pub(crate) fn root_around(&self, folder: &RepoPath) -> Option<&RepoPath> {
        let mut folder = Some(folder.clone());
        while let Some(here) = folder {
            match self.classes.get_key_value(&here.child("Cargo.toml")) {
                Some((root, Class::Root | Class::Standalone)) => return Some(root),
                _ => folder = here.parent(),
            }
        }
        None
    }

    /// The manifests that decide over a lock: roots and packages that stand alone.
    pub(crate) fn effective_roots(&self) -> impl Iterator<Item = &RepoPath> {
        let effective = |class: &Class| matches!(class, Class::Root | Class::Standalone);
        self.classes.iter().filter(move |(_, class)| effective(class)).map(|(path, _)| path)
    }
}
