//! `cargo xtask bench pages`: how fast the pages answer, and how large they are, when 32 teams report
//! what they lock of 7,000 crates.

mod client;
mod table;
mod teams;
mod walk;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use depaudit_testkit::FakeUpstream;

use super::ledger::events::{self, Mix};
use super::machine::Machine;
use super::product;
use crate::say;
use client::Client;
use table::{Row, Table};
use teams::TEAMS;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Ask for each page so often
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    requests: u32,
    /// Write so many events first
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    events: u64,
    /// So many reports of each team, a week apart
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=50))]
    reports: u16,
    /// Measure this binary, instead of building one
    #[arg(long, value_name = "FILE")]
    depaudit: Option<PathBuf>,
    /// Print JSON instead of Markdown
    #[arg(long)]
    json: bool,
}

/// Runs the benchmark in the tree at `root`.
///
/// # Errors
/// When the server does not start or refuses something, or a page is too slow or too large.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let program = match &arguments.depaudit {
        Some(program) => std::path::absolute(program)?,
        None => product::build(root)?,
    };
    let folder = tempfile::tempdir()?;
    say::progress(format_args!("{} events", arguments.events));
    events::write(&folder.path().join("data"), arguments.events, Mix::Jobs)?;
    let upstream = FakeUpstream::start();
    teams::publish(&upstream);
    let server = product::start(&program, folder.path(), &upstream.sparse_index(), None)?;
    let client = Client::new(server.address());
    say::progress("index entries");
    teams::fetch_entries(&client, &upstream)?;
    say::progress("reports");
    for week in (0..arguments.reports).rev() {
        for team in 0..TEAMS {
            client.send(&teams::name(team), &teams::report(team, week)?)?;
        }
    }
    let mut rows = Vec::new();
    for path in walk::pages(&client)? {
        say::progress(&path);
        rows.push(measure(&client, path, arguments.requests)?);
    }
    let table = Table {
        machine: Machine::look(),
        requests: arguments.requests,
        reports: arguments.reports,
        events: arguments.events,
        memory_bytes: server.usage()?.memory,
        rows,
    };
    if arguments.json {
        say::result(serde_json::to_string_pretty(&table)?);
    } else {
        say::result(&table);
    }
    table.check()
}

/// Asks for a page as whoever comes after a new report, then again and again.
fn measure(client: &Client, path: String, requests: u32) -> anyhow::Result<Row> {
    client.send(&teams::name(0), &teams::report(0, 0)?)?;
    let (after_report, _) = timed(client, &path)?;
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..requests {
        let (time, size) = timed(client, &path)?;
        times.push(time);
        bytes = bytes.max(size);
    }
    Ok(Row::new(path, after_report, times, bytes))
}

fn timed(client: &Client, path: &str) -> anyhow::Result<(Duration, usize)> {
    let began = Instant::now();
    let page = client.page(path)?;
    let size = page.map_or(0, |page| page.len());
    Ok((began.elapsed(), size))
}
