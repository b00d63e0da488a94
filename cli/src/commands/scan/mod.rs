//! `depaudit scan`

mod team;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use depaudit_auditor::output::Human;
use depaudit_auditor::report::{ScanReport, Verdict};
use depaudit_auditor::{Absent, Exclude, ScanRequest};

use crate::exit::Exit;
use crate::output::{Out, write_json_line};

use team::{NamedTeam, teams};

/// Find every override in workspaces, and what is wrong with it
///
/// Reads manifests, locks and configuration below each folder. It runs nothing, needs no cargo and
/// asks no network.
///
/// Ends with 0 when nothing is at deny, 1 when something is, 2 on wrong usage, 3 when something
/// could not be read and nothing else is at deny, and 4 when there is nothing to scan.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit scan\n  \
                        depaudit scan --team payments=../payments --team search=../search\n  \
                        depaudit scan --format json --exclude '**/fixtures' .")]
pub struct ScanArgs {
    /// Folders to scan, each as a team of its own; the current one when none is given
    paths: Vec<PathBuf>,
    /// A folder to scan, and the name of its team
    #[arg(long, value_name = "NAME=DIR")]
    team: Vec<NamedTeam>,
    /// Files and folders to leave out: a pattern for the path below a scanned folder, in which `*`
    /// stays within one part and `**` crosses parts
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Only findings and the summary, not every override
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the text that each finding is about
    Human,
    /// One JSON object (`depaudit.scan/1`)
    Json,
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be scanned, a pattern is none, or the output takes no more.
pub fn run(args: ScanArgs) -> anyhow::Result<Exit> {
    let exclude = Exclude::new(args.exclude.iter().map(String::as_str)).context("--exclude")?;
    let teams = teams(args.paths, args.team)?;
    let report = depaudit_auditor::scan(&ScanRequest { teams, exclude, threads: None }, &Absent)?;
    print(&report, args.format, args.quiet).context("cannot print the report")?;
    Ok(match report.verdict() {
        Verdict::Clean => Exit::Done,
        Verdict::Denied => Exit::Negative,
        Verdict::Incomplete => Exit::Incomplete,
        Verdict::Nothing => Exit::NothingFound,
    })
}

fn print(report: &ScanReport, format: Format, quiet: bool) -> std::io::Result<()> {
    let mut out = Out::new();
    match format {
        Format::Json => write_json_line(&mut out, report)?,
        Format::Human => {
            // Into a file: wide enough that no line of a manifest is cut.
            let width = Out::columns().unwrap_or(200);
            // `Out` takes the colours out where nobody wants them.
            Human { colour: true, width, quiet }.write(report, &mut out)?;
        }
    }
    out.flush()
}
