//! The project's own chores: `cargo xtask` lists them.

mod axe;
mod bench;
mod fuzz;
mod generate;
mod say;
mod screenshots;
mod suite;
mod tidy;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run all checks, having installed what they need: format, tidy, clippy, documentation, tests
    Test(suite::Arguments),
    /// Check the rules of the house that no compiler checks
    Tidy,
    /// Measure the product against its peers
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Take the pictures of the README
    Screenshots(screenshots::Arguments),
    /// Write a record of many events, to measure on
    GenerateLedger(generate::Arguments),
    /// Fuzz what reads strangers' files; needs cargo-fuzz
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no folder above it")?;
    match arguments.chore {
        Chore::Test(arguments) => suite::run(root, &arguments),
        Chore::Tidy => tidy::run(root),
        Chore::Bench(bench) => bench::run(root, &bench),
        Chore::Screenshots(arguments) => screenshots::run(root, &arguments),
        Chore::GenerateLedger(arguments) => generate::run(&arguments),
        Chore::Fuzz(arguments) => fuzz::run(root, &arguments),
    }
}
