//! Overrides that stand in no configuration file: environment variables and command-line flags, in
//! CI files, container files, scripts and aliases.

mod flag;
mod variable;

pub(crate) use flag::config_flags;
pub(crate) use variable::{Effect, effect_of, source_field};

use super::manifest::Spec;
use super::source::{SourceKey, without_credentials};
use crate::files::RepoPath;
use crate::report::{
    Layer, Location, Override, OverrideKind, RegistryRef, SettingValue, State, Target,
};

/// A variable or flag that changes where a build takes packages from.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) kind: OverrideKind,
    /// The source it is about, where it names one.
    pub(crate) source: Option<SourceKey>,
    /// The package it is about, where it names one.
    pub(crate) package: Option<String>,
    pub(crate) target: Target,
    /// Cargo does not heed it as it is written.
    pub(crate) ignored: bool,
}

impl Setting {
    /// The record of this setting at a place.
    pub(crate) fn into_record(
        self,
        layer: Layer,
        workspace: Option<RepoPath>,
        location: Location,
    ) -> Override {
        Override {
            kind: self.kind,
            layer,
            source: self.source,
            package: self.package,
            version: None,
            target: self.target,
            reach: None,
            state: if self.ignored { State::Ignored } else { State::Pending },
            locked: Vec::new(),
            differs: Vec::new(),
            folder: None,
            compared: Vec::new(),
            workspace,
            location,
        }
    }
}

/// A name and what it is set to, as it may be shown: URLs without credentials.
fn shown(name: &str, value: Option<&str>) -> Target {
    let value = value.map(|value| without_credentials(value).into_owned());
    Target::Setting(SettingValue { name: name.to_owned(), value })
}

/// What an entry of `[patch]` in a `--config` flag puts in place.
fn target_of(spec: &Spec) -> Target {
    if let Some(git) = &spec.git {
        return Target::Git((**git).clone());
    }
    if let Some(path) = &spec.path {
        return Target::Path(path.clone().into());
    }
    let version = spec.requirement.clone().map(String::from);
    match &spec.registry {
        Some(registry) => {
            Target::Registry(RegistryRef { name: registry.as_str().to_owned(), version })
        }
        None => Target::Version(version.unwrap_or_else(|| "*".to_owned())),
    }
}
