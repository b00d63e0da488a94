//! `depaudit policy replay`

mod gather;
mod judge;
mod page;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use depaudit_model::{Clock, TeamId};
use depaudit_proxy::door::{AdvisorySource, Doorkeeper, StoredFacts};

use crate::args::{DataFolder, Since};
use crate::backend;
use crate::door::DoorFiles;
use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;

use report::{Report, SCHEMA};

/// Run the recorded decisions of a server through another policy or advisory database
///
/// Says which served versions would be denied, by which rule and why, to whom they went, when and how
/// often; and which refused ones would be served. Each is judged by what is known today, and under the
/// minimum age also by the moment when it was first served, since what was too young then is old
/// enough by now. What a rule would need and the stores do not hold any more is not known, never fine.
/// No registry is asked, and nothing in the folder is changed.
///
/// Ends with 1 when something that was served would be denied: refused (hard), or held back in the
/// index (soft).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit policy replay --policy new.toml --since 30d
  depaudit policy replay --policy depaudit.toml --advisories advisory-db --team payments --json")]
pub struct ReplayArgs {
    #[command(flatten)]
    data: DataFolder,
    /// Decisions from then on: so long ago (90s, 15m, 12h, 30d, 2w) or a moment (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: Since,
    /// The policy to try
    #[arg(long, value_name = "FILE", required_unless_present = "advisories")]
    policy: Option<PathBuf>,
    /// The advisory database to try: a folder or git checkout of RustSec's
    #[arg(long, value_name = "DIR")]
    advisories: Option<PathBuf>,
    /// Only decisions for this team
    #[arg(long)]
    team: Option<TeamId>,
    /// One JSON object, with every field
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no record in the folder, a file cannot be used, or standard output takes no more.
pub fn run(args: &ReplayArgs) -> anyhow::Result<Exit> {
    let files = DoorFiles { policy: args.policy.clone(), advisories: args.advisories.clone() };
    let (rules, _) = files.read()?;
    let advisories = match &rules.advisories {
        Some(AdvisorySource::Read(read)) => Some(read.len()),
        Some(AdvisorySource::Unreadable) | None => None,
    };
    let now = SystemClock.now();
    // As a server holds them; no view is made here.
    let rules = Doorkeeper::new(rules, 0, now).in_force();
    let since = args.since.moment(now);
    let backend = backend::open_to_read(&args.data.path)?;
    let (gathered, findings) = crate::commands::block_on(async {
        let stored = StoredFacts {
            blobs: Arc::clone(&backend.blobs),
            meta: Arc::clone(&backend.meta),
            log: Arc::clone(&backend.audit),
        };
        let gathered = gather::gather(&*backend.audit, since, args.team.as_ref()).await?;
        let findings = judge::judge(&rules, &stored, &gathered, now).await?;
        drop(stored);
        backend.close().await?;
        anyhow::Ok((gathered, findings))
    })?;
    let report = Report {
        schema: SCHEMA,
        since,
        judged_at: now,
        policy: rules.digest(),
        advisories,
        decisions: gathered.counts,
        findings: &findings,
    };
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &report).context("cannot print the report")?;
    } else {
        page::print(&mut out, &report, Out::columns()).context("cannot print the report")?;
    }
    out.flush()?;
    Ok(if findings.denied.is_empty() { Exit::Done } else { Exit::Negative })
}
