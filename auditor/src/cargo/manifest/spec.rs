use crate::cargo::source::{GitReference, GitTarget, without_credentials};
use crate::cargo::toml::{self, Table, Value};

/// What an entry of a dependency, `[patch]` or `[replace]` table asks for.
#[derive(Debug, Default)]
pub(crate) struct Spec {
    /// `version`, or the entry itself where it is only a string.
    pub(crate) requirement: Option<Box<str>>,
    /// `package`: the name behind a renamed entry.
    pub(crate) package: Option<Box<str>>,
    /// `git` with its reference.
    pub(crate) git: Option<Box<GitTarget>>,
    /// `path`, as written.
    pub(crate) path: Option<Box<str>>,
    /// `registry` or `registry-index`.
    pub(crate) registry: Option<RegistryTarget>,
    /// `workspace = true`.
    pub(crate) inherited: bool,
}

/// Which registry an entry names.
#[derive(Debug)]
pub(crate) enum RegistryTarget {
    /// `registry`: a name that configuration resolves.
    Name(Box<str>),
    /// `registry-index`: a URL, without credentials.
    Index(Box<str>),
}

impl RegistryTarget {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Name(text) | Self::Index(text) => text,
        }
    }
}

impl Spec {
    pub(crate) fn read(value: &Value<'_>) -> Self {
        if let Some(requirement) = value.get_ref().as_str() {
            return Self { requirement: Some(requirement.into()), ..Self::default() };
        }
        let Some(table) = value.get_ref().as_table() else { return Self::default() };
        let text = |key| toml::string(table, key);
        Self {
            requirement: text("version").map(Into::into),
            package: text("package").map(Into::into),
            git: text("git").map(|url| Box::new(git(table, url))),
            path: text("path").map(Into::into),
            registry: registry(table),
            inherited: table.get("workspace").and_then(|value| value.get_ref().as_bool())
                == Some(true),
        }
    }
}

fn git(table: &Table<'_>, url: &str) -> GitTarget {
    let text = |key| toml::string(table, key).map(str::to_owned);
    let reference = text("rev")
        .map(GitReference::Rev)
        .or_else(|| text("tag").map(GitReference::Tag))
        .or_else(|| text("branch").map(GitReference::Branch))
        .unwrap_or(GitReference::None);
    let given = ["rev", "tag", "branch"].iter().filter(|key| table.contains_key(**key)).count();
    GitTarget::new(url, reference, given > 1)
}

fn registry(table: &Table<'_>) -> Option<RegistryTarget> {
    let name = toml::string(table, "registry").map(|name| RegistryTarget::Name(name.into()));
    name.or_else(|| {
        let index = toml::string(table, "registry-index")?;
        Some(RegistryTarget::Index(without_credentials(index).into()))
    })
}
