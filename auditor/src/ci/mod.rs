//! What builds a repository besides its manifests: CI files, container files, Makefiles, justfiles
//! and shell scripts. Read for the variables and flags that change where packages come from, and
//! for the cargo commands. Nothing is executed or expanded: `$MIRROR` stays `$MIRROR`.

mod assignment;
mod command;
mod container;
mod jenkins;
mod kind;
mod make;
mod shell;
#[cfg(test)]
mod tests;
mod written;
mod yaml;

pub(crate) use command::CargoCommand;
pub(crate) use kind::CiKind;
use written::Written;

use std::ops::Range;

use crate::cargo::setting::{Effect, effect_of};
use crate::cargo::text::Text;
use crate::cargo::toml::SyntaxError;
use crate::files::RepoPath;
use crate::report::{BlindSpot, BlindSpotKind, Layer, Location, Span};

/// What one file does to builds.
#[derive(Debug)]
pub(crate) struct CiFile {
    pub(crate) path: RepoPath,
    pub(crate) layer: Layer,
    /// The variables that matter, in the order of the file.
    pub(crate) variables: Vec<Variable>,
    /// The cargo commands.
    pub(crate) commands: Vec<CargoCommand>,
    /// Where it writes Cargo's configuration.
    written: Vec<Written>,
}

/// A variable that is set.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Box<str>,
    pub(crate) effect: Effect,
    pub(crate) span: Span,
}

impl CiFile {
    /// Reads a file.
    pub(crate) fn parse(path: &RepoPath, kind: CiKind, text: &str) -> Result<Self, SyntaxError> {
        let text = Text::new(text);
        let mut found =
            Found { text: &text, variables: Vec::new(), commands: Vec::new(), written: Vec::new() };
        // Most scripts have nothing to do with Cargo, and need no closer look.
        if ["cargo", "CARGO", "RUSTC"].iter().any(|word| text.as_str().contains(word)) {
            match kind {
                CiKind::Yaml => yaml::read(&mut found)?,
                CiKind::Jenkins => jenkins::read(&mut found),
                CiKind::Container => container::read(&mut found),
                CiKind::Make => make::read(&mut found),
                CiKind::Shell => shell::read(&mut found, 0..text.as_str().len(), false),
            }
        }
        let Found { variables, commands, written, .. } = found;
        Ok(Self { path: path.clone(), layer: kind.layer(), variables, commands, written })
    }
}

impl CiFile {
    /// What nobody can see behind its variables, and what it writes only when it runs.
    pub(crate) fn blind_spots(&self) -> impl Iterator<Item = BlindSpot> {
        let written = self.written.iter().map(|written| {
            let location = Location::new(&self.path, written.span);
            BlindSpot::named(BlindSpotKind::WrittenConfig, written.name, &location)
        });
        let opaque = self.variables.iter().filter_map(|variable| {
            let kind = match variable.effect {
                Effect::Opaque => BlindSpotKind::Unprovable,
                Effect::Home => BlindSpotKind::CargoHome,
                Effect::Override(_) | Effect::None => return None,
            };
            let location = Location::new(&self.path, variable.span);
            Some(BlindSpot::named(kind, &variable.name, &location))
        });
        opaque.chain(written)
    }
}

/// Collects what is found in a file.
struct Found<'t, 'i> {
    text: &'t Text<'i>,
    variables: Vec<Variable>,
    commands: Vec<CargoCommand>,
    written: Vec<Written>,
}

impl<'i> Found<'_, 'i> {
    fn source(&self) -> &'i str {
        self.text.as_str()
    }

    /// Notes a variable, where it matters.
    fn variable(&mut self, name: &str, value: Option<&str>, range: Range<usize>) {
        let effect = effect_of(name, value);
        if !matches!(effect, Effect::None) {
            let span = self.text.span(range);
            self.variables.push(Variable { name: name.into(), effect, span });
        }
    }
}
