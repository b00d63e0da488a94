use super::Spec;
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::Span;

/// One entry of a dependency table.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// Which table.
    pub(crate) table: DependencyTable,
    /// The key: how the code calls it, and the package's name where `package` says nothing else.
    pub(crate) key: Box<str>,
    /// What it asks for.
    pub(crate) spec: Spec,
    /// The entry.
    pub(crate) span: Span,
}

/// The table that holds a dependency. `target.<spec>` tables are told apart by their entries'
/// places alone: a lock holds all targets' packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependencyTable {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`, or with `_` in older editions.
    Dev,
    /// `[build-dependencies]`, or with `_`.
    Build,
    /// `[workspace.dependencies]`, which acts only where a member inherits from it.
    Workspace,
}

impl DependencyTable {
    pub(crate) fn is_workspace(self) -> bool {
        self == Self::Workspace
    }
}

impl Dependency {
    /// The name of the package that it asks for.
    pub(crate) fn package(&self) -> &str {
        self.spec.package.as_deref().unwrap_or(&self.key)
    }

    /// Whether the key hides another package's name.
    pub(crate) fn is_renamed(&self) -> bool {
        self.spec.package.as_deref().is_some_and(|package| package != &*self.key)
    }
}

/// The names of the tables, at the top of a manifest and below `target.<spec>`.
pub(crate) const TABLES: [(&str, DependencyTable); 5] = [
    ("dependencies", DependencyTable::Normal),
    ("dev-dependencies", DependencyTable::Dev),
    ("dev_dependencies", DependencyTable::Dev),
    ("build-dependencies", DependencyTable::Build),
    ("build_dependencies", DependencyTable::Build),
];

pub(super) fn read(document: &Table<'_>, text: &Text<'_>) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut add = |parent: &Table<'_>, name: &str, table| {
        let entries = toml::table(parent, name).into_iter().flat_map(toml::entries);
        found.extend(entries.map(|(key, value, range)| Dependency {
            table,
            key: key.into(),
            spec: Spec::read(value),
            span: text.span(range),
        }));
    };
    for (name, table) in TABLES {
        add(document, name, table);
    }
    let targets = toml::table(document, "target").into_iter().flat_map(|targets| targets.values());
    for target in targets.filter_map(|target| target.get_ref().as_table()) {
        for (name, table) in TABLES {
            add(target, name, table);
        }
    }
    if let Some(workspace) = toml::table(document, "workspace") {
        add(workspace, "dependencies", DependencyTable::Workspace);
    }
    found
}
