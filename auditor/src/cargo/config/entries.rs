use crate::cargo::source::without_credentials;
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::Span;

/// One item of `paths`.
#[derive(Debug)]
pub(crate) struct ConfigPath {
    /// The folder as written.
    pub(crate) path: Box<str>,
    pub(crate) span: Span,
}

/// One entry of `[registries]`.
#[derive(Debug)]
pub(crate) struct RegistryTable {
    pub(crate) name: Box<str>,
    /// `index`, without credentials.
    pub(crate) index: Option<Box<str>>,
    pub(crate) span: Span,
}

/// One entry of `[alias]`: what `cargo NAME` stands for.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) name: Box<str>,
    pub(crate) words: Vec<Box<str>>,
    pub(crate) span: Span,
}

pub(super) fn paths(document: &Table<'_>, text: &Text<'_>) -> Vec<ConfigPath> {
    let paths = toml::strings(document, "paths");
    paths.map(|(path, range)| ConfigPath { path: path.into(), span: text.span(range) }).collect()
}

pub(super) fn registries(document: &Table<'_>, text: &Text<'_>) -> Vec<RegistryTable> {
    let entries = toml::table(document, "registries").into_iter().flat_map(toml::entries);
    let registry = |(name, value, range): (&str, &toml::Value<'_>, _)| RegistryTable {
        name: name.into(),
        index: value
            .get_ref()
            .as_table()
            .and_then(|table| toml::string(table, "index"))
            .map(|index| without_credentials(index).into()),
        span: text.span(range),
    };
    entries.map(registry).collect()
}

pub(super) fn aliases(document: &Table<'_>, text: &Text<'_>) -> Vec<Alias> {
    let Some(table) = toml::table(document, "alias") else { return Vec::new() };
    let alias = |(name, value, range): (&str, &toml::Value<'_>, _)| {
        let words: Vec<Box<str>> = match value.get_ref().as_str() {
            Some(line) => line.split_whitespace().map(Into::into).collect(),
            None => toml::strings(table, name).map(|(word, _)| word.into()).collect(),
        };
        Alias { name: name.into(), words, span: text.span(range) }
    };
    toml::entries(table).map(alias).collect()
}

pub(super) fn env(document: &Table<'_>, text: &Text<'_>) -> Vec<(Box<str>, Span)> {
    let entries = toml::table(document, "env").into_iter().flat_map(toml::entries);
    entries.map(|(name, _, range)| (name.into(), text.span(range))).collect()
}
