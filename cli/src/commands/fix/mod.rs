//! `depaudit fix`

mod files;
mod print;
mod tally;

use std::io::Write;

use anyhow::Context;
use clap::Args;
use depaudit_auditor::fix::{Order, Outcome, plan};
use depaudit_auditor::report::Verdict;

use crate::commands::init::diff;
use crate::commands::scan::{RequestArgs, request};
use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use files::{Roots, Written};
use tally::Tally;

/// Mend what `depaudit scan` finds, where a change of a file mends it
///
/// Scans first. Then removes patches that have no effect, pins branches to the commit that the
/// lock holds, and adds declarations to be filled in. Comments, order and line ends stay as they
/// are. What is waived or allowed is left alone.
///
/// Without --unsafe, no build takes other bytes afterwards. Cargo itself is not run.
///
/// Ends with 0 when every fix was made, or would be with --dry-run, 1 when one could not be made, 2
/// when the usage or a policy is wrong, and 4 when there is nothing to scan. What cannot be read is
/// passed over: `depaudit scan` tells of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit fix --dry-run\n  \
                        depaudit fix --rule patch-unused services/ledger\n  \
                        depaudit fix --unsafe --rule replace-deprecated")]
pub struct FixArgs {
    #[command(flatten)]
    request: RequestArgs,
    /// Show the changes and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Also make the fixes after which a build may take other bytes
    #[arg(long = "unsafe")]
    also_unsafe: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be scanned, or the output takes no more.
pub fn run(args: FixArgs) -> anyhow::Result<Exit> {
    let report = request::scan(&args.request)?;
    let roots = Roots::of(&report)?;
    let mut tally = Tally::new(&report, args.also_unsafe);
    let orders: Vec<_> = tally
        .chosen
        .iter()
        .map(|chosen| {
            let root = roots.get(chosen.team).context("a fix belongs to no team")?;
            Ok(Order { root: &root.real, fix: chosen.fix })
        })
        .collect::<anyhow::Result<_>>()?;
    let mut plan = plan(&orders, |root, path| files::read(&roots.file(root, path)))?;
    let written = if args.dry_run { Written::default() } else { files::write(&roots, &plan.files) };
    for (order, outcome) in orders.iter().zip(&mut plan.outcomes) {
        if let Some(refusal) =
            written.failure(order).filter(|_| matches!(outcome, Outcome::Done(_)))
        {
            *outcome = Outcome::Refused(refusal);
        }
    }
    tally.decide(plan.outcomes);

    let mut out = Out::new();
    if args.json {
        let changed = plan.files.iter().filter(|file| !written.is_missing(file));
        let paths = changed.map(|file| roots.shown(&file.root, &file.path));
        write_json_line(&mut out, &print::json(&tally, &roots, paths, args.dry_run))?;
    } else {
        if args.dry_run {
            for file in &plan.files {
                let shown = roots.shown(&file.root, &file.path).display().to_string();
                diff::print(
                    &mut out,
                    &shown,
                    file.before.as_deref().unwrap_or_default(),
                    &file.after,
                )?;
            }
        }
        print::human(&mut out, &tally, &roots, args.dry_run)?;
    }
    out.flush()?;
    Ok(match report.verdict() {
        _ if tally.has_refusal() => Exit::Negative,
        Verdict::Nothing => Exit::NothingFound,
        Verdict::Clean | Verdict::Denied | Verdict::Incomplete => Exit::Done,
    })
}
