use super::chain::{self, Chain};
use super::source_table::Placed;
use super::{ConfigFile, Configs, RegistryTable};
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

    /// The same with `settings`, the strongest first, before all files: what variables and flags
    /// add.
    pub(crate) fn under(mut self, settings: &[&'c ConfigFile]) -> Self {
        self.files.splice(..0, settings.iter().copied());
        self
    }

    /// The files, the strongest first.
    pub(crate) fn files(&self) -> &[&'c ConfigFile] {
        &self.files
    }

    /// The URL of a registry that `[registries]` names.
    pub(crate) fn registry(&self, name: &str) -> Option<&'c str> {
        self.registry_table(name).and_then(|(_, table)| table.index.as_deref())
    }

    /// The entry of `[registries]` that says where a registry is, and the file it stands in.
    pub(crate) fn registry_table(&self, name: &str) -> Option<(&'c ConfigFile, &'c RegistryTable)> {
        self.files.iter().find_map(|file| {
            let mut tables = file.registries.iter();
            let table = tables.find(|table| &*table.name == name && table.index.is_some())?;
            Some((*file, table))
        })
    }

    /// Every name by which configuration may mean a registry.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'c str> {
        self.files.iter().flat_map(|file| {
            let registries = file.registries.iter().map(|table| &*table.name);
            registries.chain(file.sources.iter().filter_map(|it| it.replace_with.as_deref()))
        })
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

    /// Where the packages of the source called `name` come from in the end; `None` when nothing
    /// replaces it.
    pub(crate) fn chain(&self, name: &'c str) -> Option<Chain<'c>> {
        chain::follow(self, name)
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
