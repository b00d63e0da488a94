use std::collections::{BTreeMap, BTreeSet};

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
        for root in manifests.all() {
            let Some(table) = &root.workspace else { continue };
            let members = members(manifests, &folders, root, table);
            found.members.insert(root.path.clone(), members.manifests);
            found.gaps.extend(members.gaps);
            found.blind_spots.extend(members.blind_spots);
        }
        for manifest in manifests.all() {
            let class = if manifest.workspace.is_some() {
                Class::Root
            } else if manifest.package.is_none() {
                Class::NoCrate
            } else {
                found.class_of_package(manifests, &manifest.path)
            };
            found.classes.insert(manifest.path.clone(), class);
        }
        found
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

    /// The manifests that decide over a lock: roots and packages that stand alone.
    pub(crate) fn effective_roots(&self) -> impl Iterator<Item = &RepoPath> {
        let effective = |class: &Class| matches!(class, Class::Root | Class::Standalone);
        self.classes.iter().filter(move |(_, class)| effective(class)).map(|(path, _)| path)
    }
}
