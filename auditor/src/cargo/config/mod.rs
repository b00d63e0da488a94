//! Cargo's configuration: `.cargo/config.toml`, what it includes, and how files above each other
//! add up for somebody who runs cargo in a folder.

mod chain;
mod entries;
mod include;
mod opaque;
mod source_table;
mod stack;
mod variable;

pub(crate) use chain::{Chain, ChainEnd};
pub(crate) use entries::{Alias, ConfigPath, RegistryTable};
pub(crate) use include::Configs;
pub(crate) use opaque::OpaqueSetting;
pub(crate) use source_table::{SourcePlace, SourceTable};
pub(crate) use stack::Stack;

use super::manifest::{Patch, read_patches};
use super::text::Text;
use super::toml::{self, SyntaxError};
use crate::files::RepoPath;
use crate::report::{BlindSpot, Location, Span};

use include::Include;

/// What one configuration file says, as far as it decides which bytes a build takes.
///
/// Not read: `[registry] default`, which decides where `cargo add` and `cargo publish` go and leaves
/// resolution alone; tokens; everything about the network and the terminal.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    /// The file.
    pub(crate) path: RepoPath,
    /// `paths`: folders whose packages replace whatever has their name.
    pub(crate) paths: Vec<ConfigPath>,
    /// `[patch]`.
    pub(crate) patches: Vec<Patch>,
    /// `[source]`.
    pub(crate) sources: Vec<SourceTable>,
    /// `[registries]`.
    pub(crate) registries: Vec<RegistryTable>,
    /// `[alias]`.
    pub(crate) aliases: Vec<Alias>,
    /// `[env]`: names alone.
    pub(crate) env: Vec<(Box<str>, Span)>,
    /// Settings that put another program in the place of rustc, or of a build script.
    opaque: Vec<OpaqueSetting>,
    includes: Vec<Include>,
}

impl ConfigFile {
    /// Reads a file.
    pub(crate) fn parse(path: &RepoPath, text: &str) -> Result<Self, SyntaxError> {
        let text = Text::new(text);
        let document = toml::parse(&text)?;
        Ok(Self {
            path: path.clone(),
            paths: entries::paths(&document, &text),
            patches: read_patches(&document, &text),
            sources: source_table::read(&document, &text),
            registries: entries::registries(&document, &text),
            aliases: entries::aliases(&document, &text),
            env: entries::env(&document, &text),
            opaque: opaque::read(&document, &text),
            includes: include::read(&document, &text),
        })
    }

    /// What nobody can see behind its settings.
    pub(crate) fn blind_spots(&self) -> impl Iterator<Item = BlindSpot> {
        self.opaque.iter().map(|setting| {
            let location = Location::new(&self.path, setting.span);
            BlindSpot::named(setting.kind, &setting.key, &location)
        })
    }

    /// From where Cargo resolves relative paths in this file: the folder above the one that holds
    /// it, for an included file, too.
    pub(crate) fn base(&self) -> RepoPath {
        self.path.folder().folder()
    }
}
