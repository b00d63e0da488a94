//! `cargo xtask bench scan`: `depaudit scan` beside programs that read the same files and do less.

mod corpus;
mod files;
mod goods;
mod program;
mod run;
mod table;

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::machine::Machine;
use crate::say;
use crate::tools;
use corpus::Corpus;
use files::Files;
use program::{Program, Programs};
use table::{Row, Table};

/// The members of the one workspace that shows what a start costs.
const MEMBERS: usize = 100;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Scan so many workspaces of 60 files; repeatable
    #[arg(long, default_values_t = [10, 100, 1000], value_parser = clap::value_parser!(u16).range(1..))]
    workspaces: Vec<u16>,
    /// Measure only this program; repeatable
    #[arg(long, value_enum)]
    only: Vec<Program>,
    /// Make the workspaces of the repositories in this folder, instead of inventing them
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Run each program so often, after a first time that warms up; the least counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    times: u32,
    /// Measure this binary, instead of building one
    #[arg(long, value_name = "FILE")]
    depaudit: Option<PathBuf>,
    /// Compare it with this build of the example parse_toml, instead of building one
    #[arg(long, value_name = "FILE")]
    parse_toml: Option<PathBuf>,
}

/// Runs the benchmark in the tree at `root`.
///
/// # Errors
/// When a program does not build or fails, or the files cannot be written.
pub(super) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[tools::CC])?;
    let programs = Programs::get(root, arguments)?;
    let corpus = arguments.corpus.as_deref().map(Corpus::find).transpose()?;
    let mut rows = Vec::new();
    for &count in &arguments.workspaces {
        let count = usize::from(count);
        let folder = tempfile::tempdir()?;
        for number in 0..count {
            let folder = folder.path().join(format!("w{number}"));
            match &corpus {
                Some(corpus) => corpus.write(&folder, number)?,
                None => goods::write(&folder, number)?,
            }
        }
        rows.extend(measure(&programs, arguments, folder.path(), &count.to_string())?);
    }
    let folder = tempfile::tempdir()?;
    goods::write_with(folder.path(), 0, MEMBERS)?;
    rows.extend(measure(&programs, arguments, folder.path(), "1, of 100 members")?);
    let real = corpus.is_some();
    say::result(Table { machine: Machine::look(), times: arguments.times, real, rows });
    Ok(())
}

fn measure(
    programs: &Programs,
    arguments: &Arguments,
    folder: &Path,
    workspaces: &str,
) -> anyhow::Result<Vec<Row>> {
    let files = Files::below(folder)?;
    let chosen =
        if arguments.only.is_empty() { Program::value_variants() } else { &arguments.only };
    let mut rows = Vec::<Row>::new();
    for &program in chosen {
        // It reads one workspace, and needs more of a file than a corpus of manifests has.
        if program == Program::Metadata && !folder.join("Cargo.toml").exists() {
            continue;
        }
        say::progress(format_args!("{workspaces} workspaces: {program}"));
        let make = || programs.command(program, folder);
        let taken = run::best_of(arguments.times, program.good_codes(), make)?;
        rows.push(Row { workspaces: workspaces.to_owned(), files, program, taken, base: None });
    }
    let base = rows.iter().find(|row| row.program == Program::Table).map(|row| row.taken);
    rows.iter_mut().for_each(|row| row.base = base);
    Ok(rows)
}
