use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};

/// How many patterns a manifest may give; those on crates.io have a few dozen at most.
const MOST_PATTERNS: usize = 1_000;

/// The names that Cargo looks for where a manifest names no README.
const READMES: [&str; 3] = ["README.md", "README.txt", "README"];

/// What a manifest says about which files its package takes along.
#[derive(Debug)]
pub struct Packaging {
    name: Option<Box<str>>,
    version: Option<Box<str>>,
    /// Absent where none is given: then everything counts that `exclude` does not name.
    include: Option<Gitignore>,
    exclude: Gitignore,
    /// Files that are taken along whatever the patterns say, as written: they may lie elsewhere.
    named: Vec<Named>,
}

/// A file that a manifest names.
#[derive(Debug)]
pub(super) struct Named {
    /// Its path, as written.
    pub(super) path: Box<str>,
    /// Whether the path starts from the workspace's manifest.
    pub(super) from_workspace: bool,
}

/// Why a manifest does not say what its package takes along.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackagingError {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// It has no `[package]`.
    #[error("it is not the manifest of a package")]
    NoPackage,
    /// A pattern is none.
    #[error("`{0}` is no pattern for files")]
    Pattern(String),
    /// It has more patterns than any real one.
    #[error("it has more than {MOST_PATTERNS} patterns for files")]
    TooManyPatterns,
}

impl Packaging {
    /// Reads a manifest, and what it inherits from its workspace's.
    ///
    /// # Errors
    /// When either is no manifest, or a pattern is none.
    pub fn read(manifest: &str, workspace: Option<&str>) -> Result<Self, PackagingError> {
        let text = Text::new(manifest);
        let syntax = |error: toml::SyntaxError| PackagingError::Syntax(error.message);
        let document = toml::parse(&text).map_err(syntax)?;
        let package = toml::table(&document, "package");
        let package = package.or_else(|| toml::table(&document, "project"));
        let package = package.ok_or(PackagingError::NoPackage)?;
        let above = Text::new(workspace.unwrap_or_default());
        let above = toml::parse(&above).map_err(syntax)?;
        let shared = toml::table(&above, "workspace");
        let shared = shared.and_then(|workspace| toml::table(workspace, "package"));
        let from = |key| Origin::of(package, shared, key);
        let include = from("include").patterns()?;
        let mut named = Vec::new();
        for key in ["readme", "license-file"] {
            let origin = from(key);
            named.extend(
                origin
                    .table
                    .and_then(|table| toml::string(table, key))
                    .map(|path| Named { path: path.into(), from_workspace: origin.inherited }),
            );
        }
        if !package.contains_key("readme") {
            let named_none = READMES.map(|name| Named { path: name.into(), from_workspace: false });
            named.extend(named_none);
        }
        Ok(Self {
            name: toml::string(package, "name").map(Into::into),
            version: from("version").string().map(Into::into),
            include: if include.is_empty() { None } else { Some(matcher(&include)?) },
            exclude: matcher(&from("exclude").patterns()?)?,
            named,
        })
    }

    /// The package's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The package's version, where it is given.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether the patterns are a list of what is taken: Cargo then asks git nothing.
    #[must_use]
    pub const fn lists_files(&self) -> bool {
        self.include.is_some()
    }

    /// Whether the patterns let the file at `path` pass. `path` is below the package, `/` between its
    /// parts.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        if path == "Cargo.toml"
            || self.named.iter().any(|it| !it.from_workspace && &*it.path == path)
        {
            return true;
        }
        let path = Path::new(path);
        match &self.include {
            Some(include) => include.matched_path_or_any_parents(path, false).is_ignore(),
            None => !self.exclude.matched_path_or_any_parents(path, false).is_ignore(),
        }
    }

    /// Whether Cargo looks into a folder at all, where it walks without git.
    #[must_use]
    pub fn enters(&self, folder: &str) -> bool {
        self.include.is_some()
            || !self.exclude.matched_path_or_any_parents(Path::new(folder), true).is_ignore()
    }

    /// The README and licence that the manifest names and that lie outside of the package: each as
    /// written, with whether it starts from the workspace's folder. Cargo puts them at the top.
    pub fn brought_in(&self) -> impl Iterator<Item = (&str, bool)> {
        let outside = |it: &&Named| it.from_workspace || it.path.starts_with(['.', '/']);
        self.named.iter().filter(outside).map(|it| (&*it.path, it.from_workspace))
    }
}

/// Where a key of `[package]` has its value.
struct Origin<'t, 'i> {
    key: &'static str,
    table: Option<&'t Table<'i>>,
    inherited: bool,
}

impl<'t, 'i> Origin<'t, 'i> {
    fn of(package: &'t Table<'i>, shared: Option<&'t Table<'i>>, key: &'static str) -> Self {
        let inherited = toml::table(package, key)
            .and_then(|table| table.get("workspace"))
            .is_some_and(|value| value.get_ref().as_bool() == Some(true));
        Self { key, table: if inherited { shared } else { Some(package) }, inherited }
    }

    fn string(&self) -> Option<&'t str> {
        toml::string(self.table?, self.key)
    }

    fn patterns(&self) -> Result<Vec<&'t str>, PackagingError> {
        let table = self.table.into_iter();
        let all: Vec<_> = table
            .flat_map(|table| toml::strings(table, self.key).map(|(text, _)| text))
            .take(MOST_PATTERNS + 1)
            .collect();
        if all.len() > MOST_PATTERNS {
            return Err(PackagingError::TooManyPatterns);
        }
        Ok(all)
    }
}

/// Cargo reads these patterns as lines of a `.gitignore`.
fn matcher(patterns: &[&str]) -> Result<Gitignore, PackagingError> {
    let bad = |pattern: &str| PackagingError::Pattern(pattern.to_owned());
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|_| bad(pattern))?;
    }
    builder.build().map_err(|_| bad(patterns.first().copied().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packaging(lines: &str) -> Packaging {
        Packaging::read(&format!("[package]\nname = \"a\"\n{lines}"), None).unwrap()
    }

    fn taken(packaging: &Packaging) -> Vec<&'static str> {
        let all = ["Cargo.toml", "README.md", "build.rs", "src/a/b.rs", "docs/a.md", "b/docs/x"];
        all.into_iter().filter(|path| packaging.takes(path)).collect()
    }

    #[test]
    fn patterns_are_lines_of_a_gitignore() {
        let all = taken(&packaging(""));
        assert_eq!(all.len(), 6);
        let some = packaging("exclude = [\"/docs\", \"*.rs\", \"!/build.rs\"]");
        assert_eq!(taken(&some), ["Cargo.toml", "README.md", "build.rs", "b/docs/x"]);
        let some =
            packaging("include = [\"src/**\", \"docs\"]\nexclude = [\"src\"]\nreadme = false");
        assert_eq!(taken(&some), ["Cargo.toml", "src/a/b.rs", "docs/a.md", "b/docs/x"]);
    }

    #[test]
    fn a_readme_is_taken_along_and_inherited_values_count() {
        assert!(packaging("include = [\"src\"]").takes("README.md"));
        let member = "[package]\nname = \"a\"\nreadme.workspace = true\nexclude.workspace = true\n\
                      version = { workspace = true }\nlicense-file = \"../LICENSE\"\n";
        let root = "[workspace.package]\nreadme = \"docs/README.md\"\nexclude = [\"x\"]\nversion = \"1.2.0\"\n";
        let both = Packaging::read(member, Some(root)).unwrap();
        assert!(!both.takes("x/y") && both.takes("y/z"));
        assert_eq!(both.version(), Some("1.2.0"));
        let brought: Vec<_> = both.brought_in().collect();
        assert_eq!(brought, [("docs/README.md", true), ("../LICENSE", false)]);
    }

    #[test]
    fn what_is_no_package_says_so() {
        let read = |text: &str| Packaging::read(text, None).unwrap_err();
        assert_eq!(read("[workspace]\n"), PackagingError::NoPackage);
        assert!(matches!(read("["), PackagingError::Syntax(_)));
        assert!(matches!(read("[package]\nexclude = ['a{']\n"), PackagingError::Pattern(_)));
        let many = format!("[package]\nexclude = [{}]\n", "'a',".repeat(2_000));
        assert_eq!(read(&many), PackagingError::TooManyPatterns);
    }
}
