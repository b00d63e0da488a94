//! `depaudit ledger`

mod accept;
mod beside;
mod evidence;
mod export;
mod forget;
mod key;
mod own;
mod prove;
mod receipt;
mod rotation;
mod verdict;
mod verify;
mod watch;

use clap::{Args, Subcommand};
use depaudit_ledger::VerifierKey;

use crate::exit::Exit;

/// Verify, export and prove the tamper-evident record, and erase who asked
///
/// Every event stands in a Merkle tree whose signed checkpoints let anybody see that nothing was
/// changed, removed or put in later.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit ledger verify\n  \
                        depaudit ledger prove serde@1.0.219 --team payments")]
pub struct LedgerArgs {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Prove(prove::ProveArgs),
    Key(key::KeyArgs),
    Forget(forget::ForgetArgs),
    Accept(accept::AcceptArgs),
}

/// Runs the command.
///
/// # Errors
/// When the log or the key cannot be read.
pub fn run(args: LedgerArgs) -> anyhow::Result<Exit> {
    match args.command {
        LedgerCommand::Verify(args) => verify::run(args),
        LedgerCommand::Export(args) => export::run(&args),
        LedgerCommand::Prove(args) => prove::run(&args),
        LedgerCommand::Key(args) => key::run(args),
        LedgerCommand::Forget(args) => forget::run(&args),
        LedgerCommand::Accept(args) => accept::run(args),
    }
}

/// A key on the command line.
fn verifier_key(text: &str) -> Result<VerifierKey, String> {
    text.parse().map_err(|error: depaudit_ledger::KeyError| error.to_string())
}
