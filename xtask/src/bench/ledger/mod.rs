//! `cargo xtask bench ledger`: how fast events become durable, what recording adds to a download, and
//! how long reading a long record takes.

pub(super) mod events;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use wait4::Wait4 as _;

use super::goods::Goods;
use super::load::Load;
use super::machine::Machine;
use super::peer::{Layout, Peer};
use super::product;
use super::wrk::{Seen, Wrk};
use crate::say;
use crate::tools::{self, Tool};
use events::Mix;
use table::{Read, Table};

const WRK: Tool = Tool { program: "wrk", package: "wrk", needed_for: "the load" };

/// Connections of the downloads.
const CONNECTIONS: usize = 64;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write so many events first, of each kind
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    events: u64,
    /// Downloads a second
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    rate: u32,
    /// Load for so long
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Measure this binary, instead of building one
    #[arg(long, value_name = "FILE")]
    depaudit: Option<PathBuf>,
    /// Write the events into this folder, which must not be there, and leave it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON instead of Markdown
    #[arg(long)]
    json: bool,
}

/// Runs the benchmark.
///
/// # Errors
/// When a program does not start, one answers wrongly, or the load failed in part.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[WRK, tools::CC])?;
    let program = match &arguments.depaudit {
        Some(program) => std::path::absolute(program)?,
        None => product::build(root)?,
    };
    let temporary = tempfile::tempdir()?;
    let folder = match &arguments.data {
        Some(folder) => {
            anyhow::ensure!(!folder.exists(), "{} is there already", folder.display());
            std::fs::create_dir_all(folder)?;
            std::path::absolute(folder)?
        }
        None => temporary.path().join("server"),
    };
    std::fs::create_dir_all(&folder)?;
    let data = folder.join("data");
    let machine = Machine::look();
    let mut written = Vec::new();
    // The last one's record is the one that is served and read.
    for (mix, data) in [(Mix::Jobs, &temporary.path().join("jobs")), (Mix::Spread, &data)] {
        say::progress(format_args!("{} events, {mix}", arguments.events));
        written.push(events::write(data, arguments.events, mix)?);
    }
    let (unrecorded, recorded) =
        downloads(&program, &folder, temporary.path(), &machine, arguments)?;
    let reads = [
        ("ledger verify", &["ledger", "verify"][..]),
        ("trace of a crate", &["trace", "crate-7", "--json"][..]),
        ("trace of a release", &["trace", "crate-7@1.7.0", "--json"][..]),
    ];
    let mut read = Vec::new();
    for (what, command) in reads {
        say::progress(what);
        read.push(reading(&program, &data, what, command)?);
    }
    let table = Table { machine, written, rate: arguments.rate, unrecorded, recorded, read };
    if arguments.json {
        say::result(serde_json::to_string_pretty(&table)?);
    } else {
        say::result(&table);
    }
    anyhow::ensure!(recorded.errors + unrecorded.errors == 0, "some requests failed");
    Ok(())
}

/// The latency of what leaves no record (a view that the client has), and of crates, at one rate.
fn downloads(
    program: &Path,
    folder: &Path,
    scripts: &Path,
    machine: &Machine,
    arguments: &Arguments,
) -> anyhow::Result<(Seen, Seen)> {
    let goods = Goods::publish()?;
    let server = product::start(program, folder, &goods.sparse_index(), None)?;
    let server = Peer::new(server, Layout::Team);
    let wrk = Wrk::paced(scripts, machine.cores.min(CONNECTIONS), arguments.rate)?;
    let measure = |load| {
        say::progress(format_args!("{load}, {} a second", arguments.rate));
        let request = server.request(&goods, load)?;
        wrk.load(&request, CONNECTIONS, 2, || Ok(()))?;
        wrk.load(&request, CONNECTIONS, arguments.seconds, || Ok(()))
    };
    Ok((measure(Load::NotModified)?, measure(Load::Crate)?))
}

fn reading(
    program: &Path,
    data: &Path,
    what: &'static str,
    arguments: &[&str],
) -> anyhow::Result<Read> {
    let mut command = Command::new(program);
    command.env_clear().args(arguments).arg("--data").arg(data);
    let began = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
    let ended = child.with_context(|| format!("cannot start {what}"))?.wait4()?;
    anyhow::ensure!(ended.status.success(), "{what} failed: {}", ended.status);
    let memory_bytes = ended.rusage.maxrss;
    Ok(Read { what, seconds: began.elapsed().as_secs_f64(), memory_bytes })
}
