use std::collections::BTreeMap;

use super::ConfigFile;
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table, Value};
use crate::files::{ReadError, RepoPath, Tree};
use crate::limits::{LARGEST_FILE, MOST_INCLUDES};
use crate::report::{BlindSpot, BlindSpotKind, Gap, Location, Span};

/// One item of `include`.
#[derive(Debug)]
pub(super) struct Include {
    path: Box<str>,
    optional: bool,
    span: Span,
}

pub(super) fn read(document: &Table<'_>, text: &Text<'_>) -> Vec<Include> {
    let items: Vec<&Value<'_>> = match document.get("include") {
        None => Vec::new(),
        Some(value) => match value.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            // Before it was stable, one text was accepted, too.
            None => vec![value],
        },
    };
    let include = |item: &Value<'_>| {
        let span = text.span(item.span());
        let (path, optional) = match (item.get_ref().as_str(), item.get_ref().as_table()) {
            (Some(path), _) => (path, false),
            (None, Some(table)) => {
                let optional = table.get("optional").and_then(|value| value.get_ref().as_bool());
                (toml::string(table, "path")?, optional == Some(true))
            }
            (None, None) => return None,
        };
        Some(Include { path: path.into(), optional, span })
    };
    items.into_iter().filter_map(include).collect()
}

/// Every configuration file below a root, includes loaded.
#[derive(Debug, Default)]
pub(crate) struct Configs {
    /// By the folder that holds `.cargo`: the file Cargo reads there and what it includes, the
    /// strongest first.
    by_folder: BTreeMap<RepoPath, Vec<ConfigFile>>,
}

impl Configs {
    /// Sorts the files that a walk found, and loads what they include.
    pub(crate) fn load(
        tree: &Tree,
        found: Vec<ConfigFile>,
        gaps: &mut Vec<Gap>,
        blind_spots: &mut Vec<BlindSpot>,
    ) -> Self {
        let mut by_folder = BTreeMap::<RepoPath, Vec<ConfigFile>>::new();
        // In the order of paths `config` comes before `config.toml`, and Cargo reads only the
        // first of them.
        for file in found {
            let folder = file.base();
            by_folder.entry(folder).or_insert_with(|| vec![file]);
        }
        let mut loader = Loader { tree, gaps, blind_spots };
        for files in by_folder.values_mut() {
            loader.load(files);
        }
        Self { by_folder }
    }

    /// The folders that hold a `.cargo` with configuration.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &RepoPath> {
        self.by_folder.keys()
    }

    /// The item of `include` that leads to the file `path`, where one does.
    pub(crate) fn include_of(&self, path: &RepoPath) -> Option<Location> {
        self.all().find_map(|(_, file)| {
            let folder = file.path.folder();
            let leads = |include: &&Include| folder.join(&include.path).as_ref() == Ok(path);
            let include = file.includes.iter().find(leads)?;
            Some(Location::new(&file.path, include.span))
        })
    }

    /// What Cargo reads in the `.cargo` of `folder`, the strongest first.
    pub(crate) fn of_folder(&self, folder: &RepoPath) -> &[ConfigFile] {
        self.by_folder.get(folder).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every file, with the folder in and below which it counts.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&RepoPath, &ConfigFile)> {
        self.by_folder.iter().flat_map(|(folder, files)| files.iter().map(move |it| (folder, it)))
    }
}

struct Loader<'a> {
    tree: &'a Tree,
    gaps: &'a mut Vec<Gap>,
    blind_spots: &'a mut Vec<BlindSpot>,
}

impl Loader<'_> {
    /// Appends what the first file includes, and what that includes. The one that includes wins,
    /// and of several includes the last: so later ones come first behind their includer.
    fn load(&mut self, files: &mut Vec<ConfigFile>) {
        let mut next = 0;
        while let Some(file) = files.get(next) {
            let includer = file.path.clone();
            let mut included = Vec::new();
            for include in file.includes.iter().rev() {
                let Some(path) = self.resolve(&includer, include) else { continue };
                if files.iter().chain(&included).any(|known| known.path == path) {
                    continue;
                }
                included.extend(self.read(&includer, include, &path));
            }
            files.splice(next + 1..next + 1, included);
            next += 1;
            if files.len() > MOST_INCLUDES {
                let message = format!("it leads to more than {MOST_INCLUDES} included files");
                self.gaps.push(Gap { path: includer, span: None, message });
                return;
            }
        }
    }

    /// An include's path is relative to the folder of the file that includes it.
    fn resolve(&mut self, includer: &RepoPath, include: &Include) -> Option<RepoPath> {
        let path = includer.folder().join(&include.path).ok();
        if path.is_none() {
            let location = Location::new(includer, include.span);
            let spot = BlindSpot::named(BlindSpotKind::PathOutside, &include.path, &location);
            self.blind_spots.push(spot);
        }
        path
    }

    fn read(
        &mut self,
        includer: &RepoPath,
        include: &Include,
        path: &RepoPath,
    ) -> Option<ConfigFile> {
        let text = match self.tree.read_named(path, LARGEST_FILE) {
            Ok(text) => text,
            Err(ReadError::Io(std::io::ErrorKind::NotFound)) if include.optional => return None,
            Err(error) => {
                let message = format!("the include `{}`: {error}", include.path);
                self.gaps.push(Gap { path: includer.clone(), span: Some(include.span), message });
                return None;
            }
        };
        match ConfigFile::parse(path, &text) {
            Ok(file) => Some(file),
            Err(error) => {
                let (span, message) = (Some(error.span), error.message);
                self.gaps.push(Gap { path: path.clone(), span, message });
                None
            }
        }
    }
}
