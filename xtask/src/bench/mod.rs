//! `cargo xtask bench proxy`: depaudit and nginx before one upstream, under the same load in turn.
//! `cargo xtask bench scan`, `ledger` and `pages` have folders of their own.

mod goods;
mod ledger;
mod load;
mod machine;
mod nginx;
mod pages;
mod peer;
mod policy;
pub(crate) mod process;
pub(crate) mod product;
mod request;
mod scan;
mod table;
mod usage;
mod wrk;

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum as _};

use crate::say;
use crate::tools::{self, Tool};
use goods::Goods;
use load::Load;
use machine::Machine;
use peer::{Layout, Peer};
use request::Request;
use table::{Compared, Measured, Row, Table};
use usage::Usage;
use wrk::Wrk;

/// How long each load runs before it is measured.
const WARM_UP_SECONDS: u32 = 1;

const NGINX: Tool = Tool { program: "nginx", package: "nginx", needed_for: "the comparison" };
const WRK: Tool = Tool { program: "wrk", package: "wrk", needed_for: "the load" };

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Compare `depaudit serve` with nginx as a cache, both before the same local upstream
    Proxy(Arguments),
    /// Measure how fast events become durable, what that adds to downloads, and reading a long record
    Ledger(ledger::Arguments),
    /// Compare `depaudit scan` with parsing the same files and nothing else
    Scan(scan::Arguments),
    /// Measure how fast pages answer, and how large they are, when 32 teams report on 7,000 crates
    Pages(pages::Arguments),
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Measure only this load; repeatable
    #[arg(long, value_enum)]
    only: Vec<Load>,
    /// Measure with so many connections; repeatable
    #[arg(long, default_values_t = [1, 32, 256], value_parser = clap::value_parser!(u16).range(1..))]
    connections: Vec<u16>,
    /// Load for so long for each figure
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Take turns so often for each figure, and show the round with the middle ratio: what else
    /// the machine does hits both then
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=50))]
    rounds: u8,
    /// Let nginx write an access log, which the main comparison spares it
    #[arg(long)]
    nginx_access_log: bool,
    /// Compare depaudit without a policy and under one of so many rules, instead of nginx
    #[arg(long, value_name = "RULES", num_args = 0..=1, default_missing_value = "1000")]
    policy: Option<u16>,
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
/// When a program does not start, one answers wrongly, or the load failed in part.
pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Proxy(arguments) => proxy(root, arguments),
        Bench::Ledger(arguments) => ledger::run(root, arguments),
        Bench::Scan(arguments) => scan::run(root, arguments),
        Bench::Pages(arguments) => pages::run(root, arguments),
    }
}

fn proxy(root: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    tools::ensure(&[WRK, tools::CC])?;
    if arguments.policy.is_none() {
        tools::ensure(&[NGINX])?;
    }
    let program = match &arguments.depaudit {
        Some(program) => std::path::absolute(program)?,
        None => product::build(root)?,
    };
    let table = measure(&program, arguments)?;
    if arguments.json {
        say::result(serde_json::to_string_pretty(&table)?);
    } else {
        say::result(&table);
    }
    let errors: u64 = table.rows.iter().map(Row::errors).sum();
    anyhow::ensure!(errors == 0, "{errors} requests failed: the figures cannot be compared");
    Ok(())
}

fn measure(program: &Path, arguments: &Arguments) -> anyhow::Result<Table> {
    let machine = Machine::look();
    let folders = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
    let [for_wrk, for_peer, for_depaudit] = folders.each_ref().map(tempfile::TempDir::path);
    let wrk = Wrk::new(for_wrk, machine.cores)?;
    let goods = Goods::publish()?;
    let index = goods.sparse_index();
    let peer = match arguments.policy {
        None => {
            let nginx = nginx::start(for_peer, goods.port(), arguments.nginx_access_log)?;
            Peer::new(nginx, Layout::Mirror)
        }
        Some(_) => Peer::new(product::start(program, for_peer, &index, None)?, Layout::Team),
    };
    let policy = arguments.policy.map(policy::of_rules);
    let depaudit = product::start(program, for_depaudit, &index, policy.as_deref())?;
    let depaudit = Peer::new(depaudit, Layout::Team);

    let loads = if arguments.only.is_empty() { Load::value_variants() } else { &arguments.only };
    let mut rows = Vec::new();
    for &load in loads {
        let ours = depaudit.request(&goods, load)?;
        let theirs = peer.request(&goods, load)?;
        for &connections in &arguments.connections {
            let connections = usize::from(connections);
            let seconds = arguments.seconds;
            say::progress(format_args!("{load}, {connections} connections"));
            let mut rounds = Vec::new();
            for round in 0..arguments.rounds {
                let their_turn = || one(&wrk, &peer, &theirs, connections, seconds);
                let our_turn = || one(&wrk, &depaudit, &ours, connections, seconds);
                // Whoever comes second finds a warmer machine, so the turns change.
                let (theirs, ours) = if round % 2 == 0 {
                    let theirs = their_turn()?;
                    (theirs, our_turn()?)
                } else {
                    let ours = our_turn()?;
                    (their_turn()?, ours)
                };
                rounds.push(Row::new(load, connections, theirs, ours));
            }
            rows.extend(Row::middle(rounds));
        }
    }
    Ok(Table {
        machine,
        seconds: arguments.seconds,
        rounds: arguments.rounds,
        compared: match arguments.policy {
            None => Compared::Nginx { access_log: arguments.nginx_access_log },
            Some(rules) => Compared::Policy { rules },
        },
        recording: "strict",
        rows,
    })
}

/// Warms one server up, then measures it.
fn one(
    wrk: &Wrk,
    peer: &Peer,
    request: &Request,
    connections: usize,
    seconds: u32,
) -> anyhow::Result<Measured> {
    wrk.load(request, connections, WARM_UP_SECONDS, || Ok(()))?;
    let mut usage = peer.server.usage()?;
    let before = usage.cpu;
    let seen = wrk.load(request, connections, seconds, || {
        let now = peer.server.usage()?;
        usage = Usage { memory: usage.memory.max(now.memory), cpu: now.cpu };
        Ok(())
    })?;
    let during = Usage { cpu: usage.cpu.saturating_sub(before), ..usage };
    Ok(Measured::new(&seen, during))
}
