//! `depaudit policy`

mod check;
mod load;
mod replay;
mod schema;
mod test;

use clap::{Args, Subcommand};

use crate::exit::Exit;

pub use load::Loader;

/// Look at policies: what is in force, which line says so, and what comes of it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit policy check --rule OVR02 --package shared")]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    Check(check::CheckArgs),
    Replay(replay::ReplayArgs),
    Schema(schema::SchemaArgs),
    Test(test::TestArgs),
}

/// Runs the command.
///
/// # Errors
/// When a policy cannot be used, or the output takes no more.
pub fn run(args: PolicyArgs) -> anyhow::Result<Exit> {
    match args.command {
        PolicyCommand::Check(args) => check::run(&args),
        PolicyCommand::Replay(args) => replay::run(&args),
        PolicyCommand::Schema(args) => schema::run(&args),
        PolicyCommand::Test(args) => test::run(&args),
    }
}
