use crate::cargo::source::{GitReference, GitTarget, without_credentials};
use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::files::RepoPath;
use crate::report::Span;

/// One `[source.NAME]` table.
#[derive(Debug)]
pub(crate) struct SourceTable {
    pub(crate) name: Box<str>,
    /// `replace-with`: the name of the source, or of a registry, to use in its place.
    pub(crate) replace_with: Option<Box<str>>,
    /// Where packages of this source are.
    pub(crate) place: Option<SourcePlace>,
    pub(crate) span: Span,
}

/// Where the packages of a source are.
#[derive(Debug, Clone)]
pub(crate) enum SourcePlace {
    /// `registry`: a URL, without credentials.
    Registry(Box<str>),
    /// `directory`: a folder of unpacked packages.
    Directory(Box<str>),
    /// `local-registry`: a folder of `.crate` files with an index.
    LocalRegistry(Box<str>),
    /// `git`.
    Git(Box<GitTarget>),
}

pub(super) fn read(document: &Table<'_>, text: &Text<'_>) -> Vec<SourceTable> {
    let entries = toml::table(document, "source").into_iter().flat_map(toml::entries);
    let source = |(name, value, range): (&str, &toml::Value<'_>, _)| {
        let table = value.get_ref().as_table()?;
        Some(SourceTable {
            name: name.into(),
            replace_with: toml::string(table, "replace-with").map(Into::into),
            place: place(table),
            span: text.span(range),
        })
    };
    entries.filter_map(source).collect()
}

fn place(table: &Table<'_>) -> Option<SourcePlace> {
    let value = |key| toml::string(table, key);
    if let Some(url) = value("registry") {
        return Some(SourcePlace::Registry(without_credentials(url).into()));
    }
    if let Some(folder) = value("directory") {
        return Some(SourcePlace::Directory(folder.into()));
    }
    if let Some(folder) = value("local-registry") {
        return Some(SourcePlace::LocalRegistry(folder.into()));
    }
    let url = value("git")?;
    let reference = value("rev")
        .map(|rev| GitReference::Rev(rev.to_owned()))
        .or_else(|| value("tag").map(|tag| GitReference::Tag(tag.to_owned())))
        .or_else(|| value("branch").map(|branch| GitReference::Branch(branch.to_owned())))
        .unwrap_or(GitReference::None);
    Some(SourcePlace::Git(Box::new(GitTarget::new(url, reference, false))))
}

/// A source table in a stack: which file it comes from, for what is relative in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'c> {
    pub(crate) file: &'c RepoPath,
    pub(crate) table: &'c SourceTable,
}
