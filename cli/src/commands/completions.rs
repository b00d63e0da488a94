//! `depaudit completions`

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::Out;

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit completions bash > /etc/bash_completion.d/depaudit")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// When standard output takes no more.
pub fn run(args: CompletionsArgs) -> anyhow::Result<Exit> {
    // Into memory first: the generator panics when its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "depaudit", &mut script);
    let mut out = Out::new();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
