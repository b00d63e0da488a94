use std::collections::BTreeSet;

use toml::de::DeValue;

use crate::cargo::toml::Table;

/// What a manifest says of build scripts.
#[derive(Debug)]
pub(crate) enum BuildScripts {
    /// Nothing: a `build.rs` at the top is one.
    ByPlace,
    /// These, which may be none.
    Named(BTreeSet<String>),
}

impl BuildScripts {
    /// Reads `package.build`: a path, several, or a yes or no.
    pub(crate) fn read(document: &Table<'_>) -> Self {
        let package = document.get("package").or_else(|| document.get("project"));
        let package = package.and_then(|value| value.get_ref().as_table());
        let Some(build) = package.and_then(|package| package.get("build")) else {
            return Self::ByPlace;
        };
        let named = match build.get_ref() {
            DeValue::Boolean(false) => BTreeSet::new(),
            DeValue::String(path) => BTreeSet::from([plain(path)]),
            DeValue::Array(paths) => {
                paths.iter().filter_map(|path| path.get_ref().as_str()).map(plain).collect()
            }
            _ => return Self::ByPlace,
        };
        Self::Named(named)
    }

    /// The paths of the scripts, in a package that has the files for which `has` says so.
    pub(crate) fn paths(self, has: impl Fn(&str) -> bool) -> BTreeSet<String> {
        match self {
            Self::Named(paths) => paths,
            Self::ByPlace if has("build.rs") => BTreeSet::from(["build.rs".to_owned()]),
            Self::ByPlace => BTreeSet::new(),
        }
    }
}

fn plain(path: &str) -> String {
    path.trim_start_matches("./").replace('\\', "/")
}
