//! `depaudit demo`: the dependency avalanche, on this machine, in a minute.

mod clock;
mod facts;
mod governance;
mod library;
mod month;
mod repository;
mod shelf;
mod teams;
mod upstream;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use depaudit_model::Clock;
use depaudit_policy::Day;
use url::Url;

use self::clock::SetClock;
use self::month::Month;
use super::serve::{self, Greeting, Signals};
use crate::backend;
use crate::config::serve::{DEFAULT_LISTEN, LogFormat, ServeArgs, ServeConfig};
use crate::exit::Exit;
use crate::logging;
use crate::output::progress_bar;
use crate::system::SystemClock;

/// When the last day of the history is: on the evening before today. It must not reach into the future,
/// and the pages count days of the calendar, so that whoever starts the demo sees the same story at any
/// hour.
const BEFORE_TODAY: Duration = Duration::from_secs(6 * 60 * 60);

/// How long whatever is being written is waited for, where the demo is stopped before it is made.
const LONGEST_WRITE: Duration = Duration::from_secs(5);

/// Show the dependency avalanche: three teams, one library, a month, on a server of its own
///
/// Everything is made on this machine, by the real proxy and the real scan: a small registry, the teams'
/// repositories, their downloads and their reports. No network is asked, and nothing outside the demo's
/// folder is touched. The folder goes when the demo is stopped with Ctrl-C.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit demo\n  depaudit demo --listen 127.0.0.1:0 --keep ./demo"
)]
pub struct DemoArgs {
    /// Address and port to listen on; 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_LISTEN)]
    listen: String,
    /// Make it in this folder, and leave it there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Makes the demo and serves it until SIGTERM or SIGINT.
///
/// # Errors
/// When the folder cannot be written, it is no empty one, or the address is taken.
pub fn run(args: DemoArgs) -> anyhow::Result<Exit> {
    logging::start(LogFormat::Text, "warn")?;
    let temporary = match &args.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a folder for the demo")?),
    };
    let folder = match (&args.keep, &temporary) {
        (Some(folder), _) => empty(folder)?,
        (None, Some(temporary)) => temporary.path(),
        (None, None) => anyhow::bail!("the demo has no folder"),
    };
    // It goes on while the server runs: the registry behind it is asked again.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the demo's runtime")?;
    let made = runtime.block_on(async {
        let stopped = Signals::listen()?.stopped();
        tokio::select! {
            made = prepare(args.listen, folder) => made,
            name = stopped => Err(anyhow::anyhow!("{name}: stopped before the demo was made")),
        }
    });
    let config = match made {
        Ok(config) => config,
        Err(error) => {
            // What is still being written would keep the folder from going.
            runtime.shutdown_timeout(LONGEST_WRITE);
            if let Some(temporary) = temporary {
                temporary.close().context("cannot remove the demo's folder")?;
            }
            return Err(error);
        }
    };
    let houses = houses(folder);
    let greeting: Greeting = Box::new(move |url, _, _| greet(url, &houses));
    serve::attended(config, greeting)
}

/// The folder, when nothing is in it that could be overwritten.
fn empty(folder: &Path) -> anyhow::Result<&Path> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut inside =
        folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    anyhow::ensure!(
        inside.next().is_none(),
        "{} is not empty; name another folder",
        folder.display()
    );
    Ok(folder)
}

fn houses(folder: &Path) -> PathBuf {
    folder.join("repositories")
}

/// Plays the month into the folder, and tells how to serve what came of it.
async fn prepare(listen: String, folder: &Path) -> anyhow::Result<ServeConfig> {
    let clock = Arc::new(SetClock::at(Day::of(SystemClock.now()).start().minus(BEFORE_TODAY)));
    let editions: anyhow::Result<Vec<_>> =
        library::RELEASES.iter().map(|plan| plan.pack(&clock)).collect();
    let editions: Arc<[_]> = editions?.into();
    let index = upstream::start(Arc::clone(&editions), Arc::clone(&clock)).await?;
    let teams: Result<Vec<_>, _> = teams::TEAMS.iter().map(|team| team.parse()).collect();
    let config = ServeArgs {
        listen: Some(listen),
        data: Some(folder.join("depaudit-data")),
        upstream: vec![format!("crates-io={index}").parse().map_err(anyhow::Error::msg)?],
        team: teams?,
        policy: Some(folder.join("depaudit.toml")),
        ..ServeArgs::default()
    };
    let config = config.resolve()?;
    let backend = backend::open(&config.data, &config.ledger.key).await?;
    let bar = progress_bar(Month::DAYS, "days of a month");
    let month = Month {
        clock: Arc::clone(&clock),
        editions: &editions,
        config: &config,
        backend: &backend,
        houses: houses(folder),
    };
    month.play(|| bar.inc(1)).await?;
    bar.finish_and_clear();
    backend.close().await?;
    Ok(config)
}

fn greet(url: &Url, houses: &Path) -> std::io::Result<()> {
    let page = |path: &str| url.join(path).map_or_else(|_| url.to_string(), String::from);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Three teams share the library ledgerline. Support says: refunds are a cent off.\n"
    )?;
    writeln!(out, "  Open           {url}")?;
    writeln!(out, "  Who is hit     {}", page("crate/ledgerline"))?;
    writeln!(out, "  What is let in {}", page("policy"))?;
    writeln!(out, "  The record     {}", page("audit"))?;
    writeln!(out, "\nThe teams' repositories are in {}", houses.display())?;
    writeln!(out, "Stop it with Ctrl-C.")?;
    out.flush()
}
