use std::collections::BTreeSet;

use depaudit_model::cargo::PackageFiles;

use super::compare::MANIFEST;
use crate::cargo::manifest::{Dependency, DependencyTable, Manifest};
use crate::cargo::package::BuildScripts;
use crate::cargo::text::Text;
use crate::cargo::toml;
use crate::files::RepoPath;

/// What a package's manifest makes run, and whose code it takes.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The build scripts' paths.
    pub(super) scripts: BTreeSet<String>,
    /// Whether the library is a procedural macro.
    pub(super) proc_macro: bool,
    dependencies: Vec<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    key: Box<str>,
    package: Box<str>,
    /// `workspace = true`: the package's real name may stand elsewhere.
    inherited: bool,
}

impl Built {
    /// Reads the manifest that Cargo builds by. `None` where there is none, or it is no manifest.
    pub(super) fn read(files: &PackageFiles) -> Option<Self> {
        let manifest = files.get(MANIFEST)?.text()?;
        let text = Text::new(manifest);
        let document = toml::parse(&text).ok()?;
        let lib = toml::table(&document, "lib");
        let is_true = |key| {
            let value = lib.and_then(|lib| lib.get(key));
            value.is_some_and(|value| value.get_ref().as_bool() == Some(true))
        };
        let parsed = Manifest::parse(&RepoPath::root().child(MANIFEST), manifest).ok()?;
        // Nothing is built for the tests of a dependency.
        let built = |entry: &&Dependency| {
            matches!(entry.table, DependencyTable::Normal | DependencyTable::Build)
        };
        let dependencies = parsed.dependencies.iter().filter(built).map(|entry| Wanted {
            key: entry.key.clone(),
            package: entry.package().into(),
            inherited: entry.spec.inherited,
        });
        let scripts = BuildScripts::read(&document);
        Some(Self {
            scripts: scripts.paths(|path| files.get(path).is_some()),
            proc_macro: is_true("proc-macro") || is_true("proc_macro"),
            dependencies: dependencies.collect(),
        })
    }

    /// The packages that it asks for and `release` does not.
    pub(super) fn new_dependencies(&self, release: &Self) -> BTreeSet<String> {
        let packages: BTreeSet<_> = release.dependencies.iter().map(|it| &*it.package).collect();
        let keys: BTreeSet<_> = release.dependencies.iter().map(|it| &*it.key).collect();
        let known = |wanted: &&Wanted| {
            packages.contains(&*wanted.package) || wanted.inherited && keys.contains(&*wanted.key)
        };
        let new = self.dependencies.iter().filter(|wanted| !known(wanted));
        new.map(|wanted| wanted.package.to_string()).collect()
    }
}
