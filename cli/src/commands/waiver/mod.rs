//! `depaudit waiver`

mod add;
mod change;
mod list;
mod place;
mod queue;
mod row;

use clap::{Args, Subcommand};
use depaudit_policy::Phrase;

use crate::exit::Exit;

/// Let through what the policy blocks, until a day, also while the server runs
///
/// A waiver has an owner, a reason and a last day, and every change is on record. Where the policy
/// says `two-person-waivers`, one person proposes it and another grants it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit waiver add openssl@=1.1.0 --team payments --owner ann \
                  --reason 'until the migration' --expires 30d\n  depaudit waiver list"
)]
pub struct WaiverArgs {
    #[command(subcommand)]
    command: WaiverCommand,
}

#[derive(Debug, Subcommand)]
enum WaiverCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Grant(change::GrantArgs),
    End(change::EndArgs),
    Queue(queue::QueueArgs),
    Dismiss(queue::DismissArgs),
}

/// Runs the command.
///
/// # Errors
/// When the data folder or the server cannot be used, or the waiver cannot be changed.
pub fn run(args: WaiverArgs) -> anyhow::Result<Exit> {
    match args.command {
        WaiverCommand::Add(args) => add::run(args),
        WaiverCommand::List(args) => list::run(&args),
        WaiverCommand::Grant(args) => change::grant(&args),
        WaiverCommand::End(args) => change::end(&args),
        WaiverCommand::Queue(args) => queue::run(&args),
        WaiverCommand::Dismiss(args) => queue::dismiss(&args),
    }
}

/// A line of text on the command line.
fn phrase(text: &str) -> Result<Phrase, String> {
    Phrase::try_from(text.to_owned()).map_err(|error| error.to_string())
}
