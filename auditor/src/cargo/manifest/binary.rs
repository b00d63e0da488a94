use crate::cargo::toml::{self, Table};

/// What a manifest says about the binaries of its package.
#[derive(Debug, Default)]
pub(crate) struct Binaries {
    /// `[[bin]]`.
    pub(crate) named: Box<[NamedBinary]>,
    /// Whether Cargo looks for others by the places of their files (`autobins`).
    pub(crate) found_by_place: bool,
}

/// One `[[bin]]`.
#[derive(Debug)]
pub(crate) struct NamedBinary {
    pub(crate) name: Box<str>,
    /// Its file, where it is written.
    pub(crate) path: Option<Box<str>>,
}

impl Binaries {
    pub(super) fn read(document: &Table<'_>) -> Self {
        let items = document.get("bin").and_then(|value| value.get_ref().as_array());
        let tables = items.into_iter().flat_map(|items| items.iter());
        let named = tables.filter_map(|item| {
            let table = item.get_ref().as_table()?;
            let path = toml::string(table, "path").map(Into::into);
            Some(NamedBinary { name: toml::string(table, "name")?.into(), path })
        });
        let package = toml::table(document, "package").or(toml::table(document, "project"));
        let auto = package.and_then(|package| package.get("autobins")?.get_ref().as_bool());
        Self { named: named.collect(), found_by_place: auto != Some(false) }
    }
}
