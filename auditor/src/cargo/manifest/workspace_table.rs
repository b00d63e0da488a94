use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::Span;

/// `[workspace]`.
#[derive(Debug)]
pub(crate) struct WorkspaceTable {
    /// `members`: paths and patterns, with where each stands.
    pub(crate) members: Vec<(Box<str>, Span)>,
    /// `exclude`: prefixes of paths, not patterns.
    pub(crate) exclude: Vec<Box<str>>,
    /// `[workspace.package] version`, for members that inherit it.
    pub(crate) package_version: Option<Box<str>>,
}

impl WorkspaceTable {
    pub(super) fn read(document: &Table<'_>, text: &Text<'_>) -> Option<Self> {
        let table = toml::table(document, "workspace")?;
        Some(Self {
            members: toml::strings(table, "members")
                .map(|(member, range)| (member.into(), text.span(range)))
                .collect(),
            exclude: toml::strings(table, "exclude").map(|(prefix, _)| prefix.into()).collect(),
            package_version: toml::table(table, "package")
                .and_then(|package| toml::string(package, "version"))
                .map(Into::into),
        })
    }
}
