use std::borrow::Cow;

use super::Spec;
use crate::cargo::source::without_credentials;
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::Span;

/// One entry of a `[patch.KEY]` table, in a manifest or in configuration.
#[derive(Debug)]
pub(crate) struct Patch {
    /// `KEY` as written: `crates-io`, a name of `[registries]`, or a URL.
    pub(crate) source_key: Box<str>,
    /// Where `KEY` stands first.
    pub(crate) source_span: Span,
    /// The entry's key.
    pub(crate) key: Box<str>,
    /// What it puts in place.
    pub(crate) spec: Spec,
    /// The entry.
    pub(crate) span: Span,
}

impl Patch {
    /// `KEY` as it may be shown.
    pub(crate) fn shown_source_key(&self) -> Cow<'_, str> {
        without_credentials(&self.source_key)
    }

    /// The name of the package that is patched.
    pub(crate) fn package(&self) -> &str {
        self.spec.package.as_deref().unwrap_or(&self.key)
    }
}

/// One entry of `[replace]`.
#[derive(Debug)]
pub(crate) struct Replace {
    /// `name:version`, or `url#name:version`.
    pub(crate) key: Box<str>,
    /// What it puts in place.
    pub(crate) spec: Spec,
    /// The entry.
    pub(crate) span: Span,
}

impl Replace {
    /// The source, name and version in the key. The first is absent for crates.io.
    pub(crate) fn parts(&self) -> (Option<&str>, &str, Option<&str>) {
        let (url, package) = match self.key.rsplit_once('#') {
            Some((url, package)) => (Some(url), package),
            None => (None, &*self.key),
        };
        // Cargo accepts both separators.
        match package.split_once([':', '@']) {
            Some((name, version)) => (url, name, Some(version)),
            None => (url, package, None),
        }
    }
}

/// The entries of `[patch]`.
pub(crate) fn read(document: &Table<'_>, text: &Text<'_>) -> Vec<Patch> {
    let mut found = Vec::new();
    for (source, table) in toml::table(document, "patch").into_iter().flatten() {
        let Some(entries) = table.get_ref().as_table() else { continue };
        found.extend(toml::entries(entries).map(|(key, value, range)| Patch {
            source_key: source.get_ref().as_ref().into(),
            source_span: text.span(source.span()),
            key: key.into(),
            spec: Spec::read(value),
            span: text.span(range),
        }));
    }
    found
}

pub(super) fn read_replaces(document: &Table<'_>, text: &Text<'_>) -> Vec<Replace> {
    let entries = toml::table(document, "replace").into_iter().flat_map(toml::entries);
    let replace = |(key, value, range): (&str, &toml::Value<'_>, _)| Replace {
        key: key.into(),
        spec: Spec::read(value),
        span: text.span(range),
    };
    entries.map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(key: &str) -> Replace {
        Replace { key: key.into(), spec: Spec::default(), span: Span::START }
    }

    #[test]
    fn a_replace_names_a_package_with_or_without_its_source() {
        assert_eq!(replace("foo:1.0.0").parts(), (None, "foo", Some("1.0.0")));
        assert_eq!(replace("foo@1.0.0").parts(), (None, "foo", Some("1.0.0")));
        let url = replace("https://e.org/index#foo:1.0.0");
        assert_eq!(url.parts(), (Some("https://e.org/index"), "foo", Some("1.0.0")));
        assert_eq!(replace("foo").parts(), (None, "foo", None));
    }
}
