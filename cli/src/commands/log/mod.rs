//! `depaudit log`

mod printer;
mod reading;
mod row;

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use depaudit_model::cargo::CrateSpec;
use depaudit_model::event::EventKind;
use depaudit_model::{Clock, TeamId};
use depaudit_store::{AuditLog, DigestPrefix, EventFilter};

use crate::args::{DataFolder, Since};
use crate::backend;
use crate::exit::Exit;
use crate::output::Out;
use crate::system::SystemClock;
pub(super) use printer::Printer;
use reading::Extent;

/// How many events a person sees who asked for nothing in particular.
const NEWEST: usize = 50;

/// How often `--follow` looks for new events.
const LOOKS: Duration = Duration::from_millis(250);

/// Show who received which bytes, when, and what was decided
///
/// Reads the record of a server, also while it runs. Without a filter, the newest 50 events; with
/// filters, or with --json, all that match. The oldest of them comes first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit log --crate serde@1.0.219 --since 30d
  depaudit log --json --kind download-decided | jq -r .sha256
  depaudit log --team payments --follow")]
pub struct LogArgs {
    #[command(flatten)]
    data: DataFolder,
    /// Only events of this team
    #[arg(long)]
    team: Option<TeamId>,
    /// Only events of this crate, or of one version of it
    #[arg(long = "crate", value_name = "NAME[@VERSION]")]
    krate: Option<CrateSpec>,
    /// Only events with this digest, of a crate's bytes or of an index view; its first 6 digits do
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<DigestPrefix>,
    /// Only events from then on: so long ago (90s, 15m, 12h, 30d, 2w) or a moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only events of this kind; repeatable
    #[arg(long, value_delimiter = ',', value_parser = kind_parser())]
    kind: Vec<EventKind>,
    /// One JSON object a line, with every field
    #[arg(long)]
    json: bool,
    /// Go on with new events as they come, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// At most this many events, the newest ones (1 to 10000)
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: Option<u16>,
}

impl LogArgs {
    fn filter(&self, clock: &dyn Clock) -> EventFilter {
        EventFilter {
            from: 0,
            since: self.since.map(|since| since.moment(clock.now())),
            team: self.team.clone(),
            name: self.krate.as_ref().map(|krate| krate.name.clone()),
            version: self.krate.as_ref().and_then(|krate| krate.version.clone()),
            sha256: self.sha256,
            kinds: self.kind.clone(),
        }
    }

    fn extent(&self) -> Extent {
        let filtered = self.team.is_some()
            || self.krate.is_some()
            || self.sha256.is_some()
            || self.since.is_some()
            || !self.kind.is_empty();
        match self.limit {
            Some(limit) => Extent::Newest(limit.into()),
            None if filtered || self.json => Extent::All,
            None => Extent::Newest(NEWEST),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no record in the folder, it cannot be read, or standard output takes no more.
pub fn run(args: LogArgs) -> anyhow::Result<Exit> {
    let log = backend::open_log(&args.data.path)?;
    let printer = if args.json { Printer::json() } else { Printer::people(Out::columns()) };
    super::block_on(async {
        let mut out = Out::new();
        let shown = show(&*log, &args, printer, &mut out);
        if !args.follow {
            return shown.await;
        }
        tokio::select! {
            failed = shown => failed,
            stopped = tokio::signal::ctrl_c() => stopped.context("cannot listen for Ctrl-C"),
        }
    })?;
    Ok(Exit::Done)
}

async fn show(
    log: &dyn AuditLog,
    args: &LogArgs,
    mut printer: Printer,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut filter = args.filter(&SystemClock);
    let next = reading::read(log, &filter, args.extent(), |page| printer.print(out, page)).await?;
    out.flush()?;
    if !args.follow {
        return Ok(());
    }
    // Looking at a number is cheap; the events are read only when there are new ones.
    let mut looks = tokio::time::interval(LOOKS);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    filter.from = next;
    loop {
        looks.tick().await;
        if log.length().await? > filter.from {
            filter.from =
                reading::read(log, &filter, Extent::All, |page| printer.print(out, page)).await?;
            out.flush()?;
        }
    }
}

fn kind_parser() -> impl TypedValueParser<Value = EventKind> {
    let names = EventKind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(names).try_map(|text| {
        let found = EventKind::ALL.iter().copied().find(|kind| kind.as_str() == text);
        found.ok_or("no kind of event")
    })
}

#[cfg(test)]
mod tests;
