use serde::Serialize;
use toml_edit::{Array, InlineTable, Table, Value};

use super::manifest::table_at;

/// Which of a manifest's tables a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// `[dependencies]`
    Normal,
    /// `[dev-dependencies]`
    Dev,
    /// `[build-dependencies]`
    Build,
}

/// One dependency, in a manifest's and in the index's spelling.
#[derive(Debug, Clone, Serialize)]
pub struct Dependency {
    name: String,
    req: String,
    features: Vec<String>,
    optional: bool,
    default_features: bool,
    target: Option<String>,
    kind: DependencyKind,
    registry: Option<String>,
    package: Option<String>,
}

impl Dependency {
    /// An ordinary dependency. The index wants the requirement as cargo writes it there: `^1`, not
    /// `1`.
    #[must_use]
    pub fn new(name: &str, requirement: &str) -> Self {
        Self {
            name: name.to_owned(),
            req: requirement.to_owned(),
            features: Vec::new(),
            optional: false,
            default_features: true,
            target: None,
            kind: DependencyKind::Normal,
            registry: None,
            package: None,
        }
    }

    /// Asks for a feature.
    #[must_use]
    pub fn feature(mut self, name: &str) -> Self {
        self.features.push(name.to_owned());
        self
    }

    /// Makes it optional.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Leaves the default features out.
    #[must_use]
    pub fn without_default_features(mut self) -> Self {
        self.default_features = false;
        self
    }

    /// Limits it to a target, such as `cfg(windows)`.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// Puts it into another table.
    #[must_use]
    pub fn kind(mut self, kind: DependencyKind) -> Self {
        self.kind = kind;
        self
    }

    /// Takes `package` under this dependency's name.
    #[must_use]
    pub fn renamed_from(mut self, package: &str) -> Self {
        self.package = Some(package.to_owned());
        self
    }

    /// Writes it into a manifest.
    pub(crate) fn write_to(&self, manifest: &mut Table) {
        let section = match self.kind {
            DependencyKind::Normal => "dependencies",
            DependencyKind::Dev => "dev-dependencies",
            DependencyKind::Build => "build-dependencies",
        };
        let table = match &self.target {
            Some(target) => table_at(manifest, &["target", target, section]),
            None => table_at(manifest, &[section]),
        };
        let mut entry = InlineTable::new();
        entry.insert("version", self.req.as_str().into());
        if !self.features.is_empty() {
            entry.insert("features", Value::Array(Array::from_iter(&self.features)));
        }
        if self.optional {
            entry.insert("optional", true.into());
        }
        if !self.default_features {
            entry.insert("default-features", false.into());
        }
        if let Some(package) = &self.package {
            entry.insert("package", package.as_str().into());
        }
        table.insert(&self.name, toml_edit::value(entry));
    }
}
