use crate::cargo::toml::{self, Table};

/// `[package]`.
#[derive(Debug)]
pub(crate) struct Package {
    /// `name`; Cargo refuses a manifest without it.
    pub(crate) name: Option<Box<str>>,
    /// `version`.
    pub(crate) version: PackageVersion,
    /// `workspace`: where this package says its root is.
    pub(crate) workspace: Option<Box<str>>,
}

/// A package's version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PackageVersion {
    /// Written here.
    Written(Box<str>),
    /// `version.workspace = true`.
    Inherited,
    /// Absent, which Cargo reads as 0.0.0.
    Absent,
}

impl Package {
    pub(super) fn read(document: &Table<'_>) -> Option<Self> {
        let table = document.get("package").or_else(|| document.get("project"))?;
        // Something else than a table makes the manifest a package's all the same: a broken one.
        let empty = Table::new();
        let table = table.get_ref().as_table().unwrap_or(&empty);
        Some(Self {
            name: toml::string(table, "name").map(Into::into),
            version: version(table),
            workspace: toml::string(table, "workspace").map(Into::into),
        })
    }
}

fn version(table: &Table<'_>) -> PackageVersion {
    match toml::string(table, "version") {
        Some(version) => PackageVersion::Written(version.into()),
        None if table.contains_key("version") => PackageVersion::Inherited,
        None => PackageVersion::Absent,
    }
}
