//! `depaudit trace`

mod gather;
mod page;
mod report;
mod sheet;
mod subject;
mod timeline;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Context;
use clap::Args;
use depaudit_model::cargo::Release;
use depaudit_model::{Clock, RequestId, TeamId};
use depaudit_store::{AuditLog, MetaStore, StoredEvent, Traced};

use crate::args::DataFolder;
use crate::backend;
use crate::commands::log::{Line, Printer};
use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;

use gather::{Gathered, gather};
use report::{Report, Request, SCHEMA};
use subject::Subject;

/// A digest of a crate file belongs to one release, or to a few that are the same bytes.
const MOST_RELEASES: usize = 20;

/// A request has a decision and an outcome, and rarely more.
const MOST_EVENTS: usize = 100;

/// Trace a crate: who received which bytes, when, from where, under which policy
///
/// Reads the record of a server, also while it runs, and what is stored of the upstream's index; no
/// registry is asked. Says when the bytes were first seen, who received them or was denied, by which
/// rule and under which policy, what replaced them, and where checksums disagreed. A download counts
/// when it was decided, before its first byte; `depaudit log` has how each ended.
///
/// Ends with 1 when nothing is on record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit trace serde@1.0.219
  depaudit trace sha256:e3b0c4 --team payments --json
  depaudit trace --request req-0d5k7nh3v8mgxq2c")]
pub struct TraceArgs {
    /// A crate, one version of it, or a digest; of a digest, the first 6 digits do
    #[arg(value_name = "CRATE[@VERSION]|sha256:DIGEST", required_unless_present = "request")]
    subject: Option<Subject>,
    /// What a request was about: the id that Cargo prints with a refusal
    #[arg(long, value_name = "ID", conflicts_with = "subject")]
    request: Option<RequestId>,
    #[command(flatten)]
    data: DataFolder,
    /// Only what this team received or was denied
    #[arg(long)]
    team: Option<TeamId>,
    /// One JSON object, with every field
    #[arg(long)]
    json: bool,
    /// Comma-separated values: a row for each thing that was decided for somebody
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no record in the folder, it cannot be read, or standard output takes no more.
pub fn run(args: &TraceArgs) -> anyhow::Result<Exit> {
    let log = backend::open_log(&args.data.path)?;
    let meta = backend::open_meta(&args.data.path)?;
    let (report, events) = super::block_on(trace(&*log, meta.as_deref(), args))?;
    let found = !report.releases.is_empty() || !report.timeline.is_empty() || !events.is_empty();
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &report).context("cannot print the trace")?;
    } else if args.csv {
        sheet::print(&mut out, &report).context("cannot print the trace")?;
    } else if found {
        if !events.is_empty() {
            Printer::people(Out::columns()).print(&mut out, events)?;
            writeln!(out)?;
        }
        page::print(&mut out, &report, Out::columns()).context("cannot print the trace")?;
    } else {
        writeln!(out, "nothing is on record about it")?;
    }
    out.flush()?;
    Ok(if found { Exit::Done } else { Exit::Negative })
}

async fn trace(
    log: &dyn AuditLog,
    meta: Option<&dyn MetaStore>,
    args: &TraceArgs,
) -> anyhow::Result<(Report, Vec<StoredEvent>)> {
    let now = SystemClock.now();
    let traced = |name, version, sha256| Traced { name, version, sha256, team: args.team.clone() };
    let mut wanted = Vec::new();
    let mut events = Vec::new();
    match &args.subject {
        Some(Subject::Crate(spec)) => {
            wanted.push(traced(spec.name.clone(), spec.version.clone(), None));
        }
        Some(Subject::Digest(_, digest)) => {
            let releases = log.releases_with(*digest, MOST_RELEASES).await?;
            let about = releases.into_iter().map(|Release { name, version }| (name, Some(version)));
            wanted.extend(about.map(|(name, version)| traced(name, version, Some(*digest))));
        }
        None => {}
    }
    if let Some(id) = &args.request {
        events = log.of_request(id, MOST_EVENTS).await?;
        let about = events.iter().map(|stored| &stored.event);
        let about: BTreeSet<_> =
            about.filter_map(|event| Some((event.name.clone()?, event.version.clone()))).collect();
        wanted.extend(about.into_iter().map(|(name, version)| traced(name, version, None)));
    }
    let mut all = Gathered::default();
    for of in &wanted {
        let mut one = gather(log, meta, of, now).await?;
        all.releases.append(&mut one.releases);
        all.incidents.append(&mut one.incidents);
        all.truncated |= one.truncated;
    }
    let lines = || events.iter().cloned().map(Line::from).collect();
    let report = Report {
        schema: SCHEMA,
        subject: args.subject.as_ref().map(ToString::to_string),
        request: args.request.clone().map(|id| Request { id, events: lines() }),
        team: args.team.clone(),
        time: now,
        timeline: timeline::timeline(&all),
        truncated: all.truncated || wanted.len() == MOST_RELEASES,
        releases: all.releases,
    };
    Ok((report, events))
}
