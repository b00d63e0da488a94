//! What a manifest of this workspace says about its dependencies.

use anyhow::Context as _;
use toml_edit::{Document, Item, TableLike};

use super::tree::{SourceFile, Tree};

/// The workspace's manifest.
pub(crate) struct Workspace {
    document: Document<String>,
    /// Each member's folder, with the line that names it.
    pub(crate) members: Vec<(String, usize)>,
}

/// A member's manifest.
pub(crate) struct Member {
    pub(crate) package: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One dependency of a member.
pub(crate) struct Dependency {
    /// The package's own name, whatever the manifest renames it to.
    pub(crate) package: String,
    pub(crate) line: usize,
    /// For tests, examples and benchmarks alone.
    pub(crate) for_tests: bool,
}

impl Workspace {
    /// Reads the manifest at the top of the tree.
    ///
    /// # Errors
    /// When it is missing, is not TOML, or lists no members.
    pub(crate) fn read(tree: &Tree) -> anyhow::Result<Self> {
        let file = tree.file("Cargo.toml").context("Cargo.toml is not tracked")?;
        let document = parse(file)?;
        let listed = document
            .as_table()
            .get("workspace")
            .and_then(|workspace| workspace.get("members"))
            .and_then(Item::as_array)
            .context("Cargo.toml lists no workspace members")?;
        let mut members = Vec::new();
        for member in listed {
            let folder = member.as_str().context("a workspace member is not a text")?;
            let line = file.line_at(member.span().map_or(0, |span| span.start));
            members.push((folder.to_owned(), line));
        }
        Ok(Self { document, members })
    }

    /// Reads the manifest `file` of a member.
    ///
    /// # Errors
    /// When it is not TOML or names no package.
    pub(crate) fn member(&self, file: &SourceFile) -> anyhow::Result<Member> {
        let document = parse(file)?;
        let top = document.as_table();
        let package = top
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(Item::as_str)
            .with_context(|| format!("{} names no package", file.path))?;
        let mut tables: Vec<&dyn TableLike> = vec![top];
        if let Some(targets) = top.get("target").and_then(Item::as_table_like) {
            tables.extend(targets.iter().filter_map(|(_, target)| target.as_table_like()));
        }
        let mut dependencies = Vec::new();
        for table in tables {
            for (section, for_tests) in
                [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
            {
                let Some(section) = table.get(section).and_then(Item::as_table_like) else {
                    continue;
                };
                for (key, item) in section.iter() {
                    let span = section.key(key).and_then(toml_edit::Key::span);
                    dependencies.push(Dependency {
                        package: self.package_name(key, item),
                        line: file.line_at(span.map_or(0, |span| span.start)),
                        for_tests,
                    });
                }
            }
        }
        Ok(Member { package: package.to_owned(), dependencies })
    }

    /// The name behind `key`: a dependency can be renamed, here or where the workspace declares it.
    fn package_name(&self, key: &str, item: &Item) -> String {
        let inherited = item.get("workspace").is_some();
        let declared = if inherited {
            let workspace = self.document.as_table().get("workspace");
            workspace.and_then(|it| it.get("dependencies")).and_then(|it| it.get(key))
        } else {
            Some(item)
        };
        let renamed = declared.and_then(|it| it.get("package")).and_then(Item::as_str);
        renamed.unwrap_or(key).to_owned()
    }
}

fn parse(file: &SourceFile) -> anyhow::Result<Document<String>> {
    Document::parse(file.text.clone()).with_context(|| format!("cannot parse {}", file.path))
}
