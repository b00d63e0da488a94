//! `depaudit ledger accept`

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::args::DataFolder;
use crate::backend;
use crate::exit::Exit;
use crate::ledger::{KeyPlace, accept, stray};
use crate::output::Out;

/// Take events that nobody vouches for as they are, and say so on record
///
/// Between two checkpoints, each commit is sealed with the ledger's key. A server refuses to start on
/// events that are not under the seal: somebody put them into the database, or changed them there. Where
/// it is known how they came there, this takes them: the record says from then on which ones these were,
/// and why. Without --yes it only names them.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  depaudit ledger accept --reason 'copied from the old host, INC-412' --yes"
)]
pub(super) struct AcceptArgs {
    /// Why they are taken; stands in the record for good
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    data: DataFolder,
    /// The key file [default: DEPAUDIT_LEDGER_KEY, or ledger.key in the data folder]
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_LEDGER_KEY_FILE", hide_env_values = true)]
    ledger_key: Option<PathBuf>,
    /// Take them
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: AcceptArgs) -> anyhow::Result<Exit> {
    let place = KeyPlace::choose(args.ledger_key, &args.data.path);
    let key = place.read()?.context("the ledger's key is gone: bring its file back")?;
    let mut out = Out::new();
    crate::commands::block_on(async {
        let backend = backend::open_as_it_is(&args.data.path, &place)?;
        let Some(stray) = stray(&backend.audit, &key).await? else {
            writeln!(out, "all events are vouched for: there is nothing to accept")?;
            return backend.close().await;
        };
        let (first, last) = (stray.first, stray.log.size().saturating_sub(1));
        if args.yes {
            let detail =
                format!("events {first} to {last} were accepted unsealed: {}", args.reason);
            accept(&backend.audit, &key, stray, &detail).await?;
            writeln!(out, "accepted: the events {first} to {last}")?;
        } else {
            writeln!(out, "nobody vouches for the events {first} to {last}; --yes accepts them")?;
        }
        backend.close().await
    })?;
    out.flush()?;
    Ok(Exit::Done)
}
