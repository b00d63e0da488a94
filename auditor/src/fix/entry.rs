use crate::cargo::manifest::{DEPENDENCY_TABLES, Spec};
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::Span;

/// The keys that lead from the top of a document to an entry.
pub(super) type Keys = Vec<String>;

/// Where the entry at this place stands in the document. `None` when no entry of a dependency,
/// `[patch]` or `[replace]` table begins and ends exactly there, or it is about another package.
pub(super) fn find(text: &str, span: Span, package: &str) -> Option<Keys> {
    let text = Text::new(text);
    let document = toml::parse(&text).ok()?;
    let search = Search { text: &text, span, package };
    let mut found = search.in_tables(&document, &[]);
    for outer in ["patch", "target"] {
        for (key, value) in toml::table(&document, outer).into_iter().flatten() {
            let Some(table) = value.get_ref().as_table() else { continue };
            let above = [outer, key.get_ref()];
            found = found.or_else(|| match outer {
                "patch" => search.among(table, &above),
                _ => search.in_tables(table, &above),
            });
        }
    }
    let workspace = toml::table(&document, "workspace");
    let inherited = workspace.and_then(|table| toml::table(table, "dependencies"));
    let replaces = toml::table(&document, "replace");
    found
        .or_else(|| search.among(inherited?, &["workspace", "dependencies"]))
        .or_else(|| search.among(replaces?, &["replace"]))
}

struct Search<'s> {
    text: &'s Text<'s>,
    span: Span,
    package: &'s str,
}

impl Search<'_> {
    /// Among the dependency tables in `table`.
    fn in_tables(&self, table: &Table<'_>, above: &[&str]) -> Option<Keys> {
        DEPENDENCY_TABLES.iter().find_map(|(name, _)| {
            self.among(toml::table(table, name)?, &[above, &[*name][..]].concat())
        })
    }

    /// Among the entries of `table`.
    fn among(&self, table: &Table<'_>, above: &[&str]) -> Option<Keys> {
        let here = |(key, value, range): &(&str, &toml::Value<'_>, _)| {
            let named = Spec::read(value).package;
            self.text.span(std::ops::Range::clone(range)) == self.span
                && named.as_deref().unwrap_or_else(|| name_in(key)) == self.package
        };
        let (key, ..) = toml::entries(table).find(here)?;
        Some(above.iter().copied().chain([key]).map(str::to_owned).collect())
    }
}

/// The name in a key: those of `[replace]` have a version behind it, and perhaps a source before.
pub(super) fn name_in(key: &str) -> &str {
    let package = key.rsplit_once('#').map_or(key, |(_, package)| package);
    package.split_once([':', '@']).map_or(package, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[dependencies]\na = { git = \"x\" }\n\n[target.'cfg(unix)'.dependencies]\n\
                            b.git = \"y\"\nb.branch = \"z\"\n\n[patch.crates-io.c]\npackage = \"d\"\n\
                            path = \"d\"\n\n[replace]\n\"e:1.0.0\" = { path = \"e\" }\n";

    fn at(line: u32, column: u32, end_line: u32, end_column: u32, package: &str) -> Option<Keys> {
        find(MANIFEST, Span { line, column, end_line, end_column }, package)
    }

    #[test]
    fn an_entry_is_found_by_its_place_and_its_package() {
        assert_eq!(at(2, 1, 2, 18, "a").unwrap(), ["dependencies", "a"]);
        assert_eq!(at(5, 1, 6, 15, "b").unwrap(), ["target", "cfg(unix)", "dependencies", "b"]);
        assert_eq!(at(8, 1, 10, 11, "d").unwrap(), ["patch", "crates-io", "c"]);
        assert_eq!(at(13, 1, 13, 27, "e").unwrap(), ["replace", "e:1.0.0"]);
    }

    #[test]
    fn another_place_or_another_package_is_not_the_entry() {
        assert_eq!(at(2, 1, 2, 17, "a"), None);
        assert_eq!(at(3, 1, 3, 18, "a"), None);
        assert_eq!(at(2, 1, 2, 18, "b"), None);
        assert_eq!(at(8, 1, 10, 11, "c"), None);
    }
}
