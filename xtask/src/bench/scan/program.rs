//! The programs that are measured, and how each is told to read a folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use clap::ValueEnum;

use super::Arguments;
use crate::bench::product;
use crate::suite;

/// As many threads as each program gets.
const THREADS: &str = "2";

/// A program that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Program {
    /// The toml crate, as cheap as it goes: texts are borrowed, every value has its place
    Document,
    /// The toml crate, as most people use it
    Table,
    /// depaudit scan --no-facts: the rules that files alone can answer
    Scan,
    /// depaudit scan, with facts from Cargo's own index cache
    Facts,
    /// cargo metadata --no-deps: of one workspace, without its lock
    Metadata,
}

impl Program {
    /// The codes with which it ends when it has read everything.
    pub(super) const fn good_codes(self) -> &'static [i32] {
        match self {
            // Something was found; a real file could not be read.
            Self::Scan | Self::Facts => &[0, 1, 3],
            Self::Document | Self::Table | Self::Metadata => &[0],
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Document => "toml, DeTable",
            Self::Table => "toml, Table",
            Self::Scan => "depaudit scan --no-facts",
            Self::Facts => "depaudit scan",
            Self::Metadata => "cargo metadata --no-deps",
        })
    }
}

/// Where the programs are.
pub(super) struct Programs {
    depaudit: PathBuf,
    parse_toml: PathBuf,
    cargo: PathBuf,
}

impl Programs {
    /// Builds those that were not given, for release.
    ///
    /// # Errors
    /// When a build fails.
    pub(super) fn get(root: &Path, arguments: &Arguments) -> anyhow::Result<Self> {
        let depaudit = match &arguments.depaudit {
            Some(program) => std::path::absolute(program)?,
            None => product::build(root)?,
        };
        let parse_toml = match &arguments.parse_toml {
            Some(program) => std::path::absolute(program)?,
            None => build_parse_toml(root)?,
        };
        let cargo = suite::cargo().get_program().into();
        Ok(Self { depaudit, parse_toml, cargo })
    }

    /// The command that lets a program read everything below `folder`.
    pub(super) fn command(&self, program: Program, folder: &Path) -> Command {
        let mut command = match program {
            Program::Document => self.parse_toml("document"),
            Program::Table => self.parse_toml("table"),
            Program::Scan => {
                let mut command = self.scan();
                command.arg("--no-facts");
                command
            }
            Program::Facts => self.scan(),
            Program::Metadata => {
                let mut command = Command::new(&self.cargo);
                let flags = ["--offline", "--no-deps", "--format-version", "1", "--manifest-path"];
                command.arg("metadata").args(flags).arg(folder.join("Cargo.toml"));
                return command;
            }
        };
        // Rayon asks for it in each of them.
        command.env("RAYON_NUM_THREADS", THREADS).arg(folder);
        command
    }

    fn scan(&self) -> Command {
        let mut command = Command::new(&self.depaudit);
        command.args(["scan", "--quiet", "--format", "json"]);
        command
    }

    fn parse_toml(&self, how: &str) -> Command {
        let mut command = Command::new(&self.parse_toml);
        command.arg(how);
        command
    }
}

fn build_parse_toml(root: &Path) -> anyhow::Result<PathBuf> {
    let output = suite::cargo()
        .current_dir(root)
        .args(["build", "--release", "--locked", "--package", "depaudit-auditor"])
        .args(["--example", "parse_toml", "--message-format=json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    anyhow::ensure!(output.status.success(), "the release build failed: {}", output.status);
    product::executable(&String::from_utf8_lossy(&output.stdout))
        .context("cargo does not say where it put the example")
}
