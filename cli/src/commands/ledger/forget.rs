//! `depaudit ledger forget`

use std::io::Write;
use std::net::IpAddr;

use anyhow::Context;
use clap::{ArgGroup, Args};
use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Clock, TeamId, Timestamp};
use depaudit_policy::Day;
use depaudit_store::{ClientFilter, Record};

use crate::args::{DataFolder, Since};
use crate::backend;
use crate::exit::Exit;
use crate::output::Out;
use crate::system::SystemClock;

/// Erase who asked: addresses and User-Agents; the events and their proofs stay
///
/// An event holds a commitment to its client and nothing personal; what the commitment is to stands
/// apart, and is overwritten here. Every condition given must hold. Without --yes it only says how
/// many clients match. Works while the server runs; the server's write-ahead log may hold what was
/// erased until it is written to the database, at the latest when the server stops. Backups and
/// copies are not reached.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whose").args(["team", "address", "before"]).required(true).multiple(true)))]
#[command(after_help = "Examples:
  depaudit ledger forget --before 90d
  depaudit ledger forget --address 192.0.2.7 --yes")]
pub(super) struct ForgetArgs {
    /// Of requests for this team
    #[arg(long)]
    team: Option<TeamId>,
    /// Of requests from this address
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Of events older than this: a day (2026-01-01), a moment (RFC 3339), or so long ago (90d)
    #[arg(long, value_name = "DATE", value_parser = before)]
    before: Option<Since>,
    #[command(flatten)]
    data: DataFolder,
    /// Erase them
    #[arg(long)]
    yes: bool,
}

/// How the record tells that clients were forgotten.
pub(super) const FORGOTTEN: &str = "clients forgotten: ";

fn before(text: &str) -> Result<Since, String> {
    match text.parse::<Day>() {
        Ok(day) => Ok(Since::At(day.start())),
        Err(_) => text.parse::<Since>().map_err(|error| format!("{error}, or a day: 2026-03-01")),
    }
}

impl ForgetArgs {
    fn filter(&self, now: Timestamp) -> ClientFilter {
        let before = self.before.map(|before| before.moment(now));
        ClientFilter { team: self.team.clone(), address: self.address, before, below: None }
    }

    /// What goes on record of it. Never the address: the record is for good.
    fn event(&self, now: Timestamp, erased: u64) -> Event {
        let mut by = Vec::new();
        by.extend(self.team.as_ref().map(|_| "of the team".to_owned()));
        by.extend(self.address.map(|_| "of one address".to_owned()));
        let before = self.before.map(|before| before.moment(now));
        by.extend(before.map(|before| format!("older than {before}")));
        let mut event = Event::new(EventKind::Administration, now);
        event.team.clone_from(&self.team);
        event.count = Some(erased);
        event.with_detail(&format!("{FORGOTTEN}{}", by.join(", ")))
    }
}

pub(super) fn run(args: &ForgetArgs) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let whose = args.filter(now);
    let mut out = Out::new();
    if args.yes {
        let erased = crate::commands::block_on(async {
            let backend = backend::open_existing(&args.data.path).await?;
            // Who asks meanwhile is not counted, and not erased.
            let below = Some(backend.audit.length().await?);
            let whose = ClientFilter { below, ..whose };
            // Before it happens: what stopped halfway would leave no trace of who began it.
            let matching = backend.audit.count_clients(&whose).await?;
            let event = args.event(now, matching);
            backend.audit.append(vec![Record { event, client: None }]).await?;
            let erased = backend.audit.forget_clients(&whose).await;
            let erased = erased.context("not all were erased; run it again")?;
            backend.close().await?;
            anyhow::Ok(erased)
        })?;
        writeln!(out, "erased: {erased} clients")?;
    } else {
        let log = backend::open_log(&args.data.path)?;
        let matching = crate::commands::block_on(async { Ok(log.count_clients(&whose).await?) })?;
        writeln!(out, "{matching} clients match; --yes erases them")?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_moment_and_an_age_say_before_when() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("2026-02-01", "2026-02-01T00:00:00.000Z"),
            ("2026-02-01T06:00:00Z", "2026-02-01T06:00:00.000Z"),
            ("2w", "2026-02-15T12:00:00.000Z"),
        ] {
            assert_eq!(before(text).unwrap().moment(now).to_string(), moment);
        }
        assert!(before("yesterday").unwrap_err().contains("or a day"));
    }
}
