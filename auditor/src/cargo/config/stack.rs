use super::chain::{self, Chain};
use super::source_table::Placed;
use super::{ConfigFile, Configs};
use crate::cargo::manifest::Patch;
use crate::files::RepoPath;

/// The configuration that counts for somebody who runs cargo in one folder: the files from there up
/// to the scan's root, the strongest first.
#[derive(Debug)]
pub(crate) struct Stack<'c> {
    files: Vec<&'c ConfigFile>,
}

impl<'c> Stack<'c> {
    /// For the folder `cwd`.
    pub(crate) fn of(configs: &'c Configs, cwd: &RepoPath) -> Self {
        let mut files = Vec::new();
        let mut folder = Some(cwd.clone());
        while let Some(here) = folder {
            files.extend(configs.of_folder(&here));
            folder = here.parent();
        }
        Self { files }
    }

    /// The files, the strongest first.
    pub(crate) fn files(&self) -> &[&'c ConfigFile] {
        &self.files
    }

    /// The URL of a registry that `[registries]` names.
    pub(crate) fn registry(&self, name: &str) -> Option<&'c str> {
        let registries = self.files.iter().flat_map(|file| &file.registries);
        registries
            .filter(|registry| &*registry.name == name)
            .find_map(|registry| registry.index.as_deref())
    }

    /// The patches that act, each with its file: of two with one spelling of source and key, the
    /// nearest.
    pub(crate) fn patches(&self) -> Vec<(&'c ConfigFile, &'c Patch)> {
        let mut acting: Vec<(&ConfigFile, &Patch)> = Vec::new();
        for file in &self.files {
            for patch in &file.patches {
                let same =
                    |known: &Patch| known.source_key == patch.source_key && known.key == patch.key;
                if !acting.iter().any(|(_, known)| same(known)) {
                    acting.push((file, patch));
                }
            }
        }
        acting
    }

    /// The `[source]` tables of one name, the strongest first. They add up key by key.
    pub(super) fn tables(&self, name: &str) -> impl Iterator<Item = Placed<'c>> {
        self.files.iter().flat_map(move |file| {
            let tables = file.sources.iter().filter(move |table| &*table.name == name);
            tables.map(|table| Placed { file: &file.path, table })
        })
    }

    /// Every source whose packages come from elsewhere, with where they come from in the end.
    pub(crate) fn chains(&self) -> Vec<Chain<'c>> {
        let mut names: Vec<&str> =
            self.files.iter().flat_map(|file| &file.sources).map(|table| &*table.name).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| chain::follow(self, name)).collect()
    }
}
