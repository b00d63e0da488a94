//! A Cargo.toml, as far as it decides which bytes a build takes.

mod binary;
mod dependency;
mod package;
mod patch;
mod spec;
mod workspace_table;

pub(crate) use binary::Binaries;
pub(crate) use dependency::{Dependency, DependencyTable, TABLES as DEPENDENCY_TABLES};
pub(crate) use package::{Package, PackageVersion};
pub(crate) use patch::{Patch, Replace, read as read_patches};
pub(crate) use spec::{RegistryTarget, Spec};
pub(crate) use workspace_table::WorkspaceTable;

use super::text::Text;
use super::toml::{self, SyntaxError};
use crate::files::RepoPath;

/// What one manifest says. It is read once, and its text is not kept.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The file.
    pub(crate) path: RepoPath,
    /// `[package]`, or `[project]` as it was called once.
    pub(crate) package: Option<Package>,
    /// `[[bin]]`.
    pub(crate) binaries: Binaries,
    /// `[workspace]`: the manifest is a root, even when the table is empty.
    pub(crate) workspace: Option<WorkspaceTable>,
    /// Every entry of every dependency table, `[workspace.dependencies]` included.
    pub(crate) dependencies: Vec<Dependency>,
    /// The entries of `[patch]`.
    pub(crate) patches: Vec<Patch>,
    /// The entries of `[replace]`.
    pub(crate) replaces: Vec<Replace>,
}

impl Manifest {
    /// Reads a manifest.
    pub(crate) fn parse(path: &RepoPath, text: &str) -> Result<Self, SyntaxError> {
        let text = Text::new(text);
        let document = toml::parse(&text)?;
        Ok(Self {
            path: path.clone(),
            package: Package::read(&document),
            binaries: Binaries::read(&document),
            workspace: WorkspaceTable::read(&document, &text),
            dependencies: dependency::read(&document, &text),
            patches: patch::read(&document, &text),
            replaces: patch::read_replaces(&document, &text),
        })
    }

    /// The folder that holds the manifest.
    pub(crate) fn folder(&self) -> RepoPath {
        self.path.folder()
    }

    /// The entries of its own tables: all but `[workspace.dependencies]`.
    pub(crate) fn own_dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|entry| !entry.table.is_workspace())
    }

    /// The entry of `[workspace.dependencies]` under `key`.
    pub(crate) fn workspace_dependency(&self, key: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|entry| entry.table.is_workspace() && &*entry.key == key)
    }
}
