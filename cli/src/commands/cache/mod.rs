//! `depaudit cache`

mod change;
mod gc;
mod purge;
mod stats;
mod verify;

use std::io::Write;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::args::DataFolder;
use crate::backend::{self, Backend};
use crate::exit::Exit;
use crate::output::{Out, write_json_line};

/// Look after the cache of a server, also while it runs
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit cache stats\n  depaudit cache gc --max-bytes 10GiB")]
pub struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Debug, Subcommand)]
enum CacheCommand {
    Stats(stats::StatsArgs),
    Verify(verify::VerifyArgs),
    Purge(purge::PurgeArgs),
    Gc(gc::GcArgs),
}

/// What every command here takes.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    data: DataFolder,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

/// A result, in its two forms.
trait Answer: Serialize {
    /// Prints it for a person.
    fn print(&self, out: &mut Out) -> std::io::Result<()>;

    /// Whether it is a good one.
    fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no data in the folder, or it cannot be used.
pub fn run(args: CacheArgs) -> anyhow::Result<Exit> {
    match args.command {
        CacheCommand::Stats(args) => answer(&args.common, async |backend| args.run(backend).await),
        CacheCommand::Verify(args) => answer(&args.common, async |backend| args.run(backend).await),
        CacheCommand::Purge(args) => answer(&args.common, async |backend| args.run(backend).await),
        CacheCommand::Gc(args) => answer(&args.common, async |backend| args.run(backend).await),
    }
}

fn answer<A: Answer>(
    common: &Common,
    work: impl AsyncFnOnce(&Backend) -> anyhow::Result<A>,
) -> anyhow::Result<Exit> {
    let answer = super::block_on(async {
        let backend = backend::open_existing(&common.data.path).await?;
        let answer = work(&backend).await?;
        backend.close().await?;
        anyhow::Ok(answer)
    })?;
    let mut out = Out::new();
    if common.json {
        write_json_line(&mut out, &answer)?
    } else {
        answer.print(&mut out)?
    }
    out.flush()?;
    Ok(answer.exit())
}
