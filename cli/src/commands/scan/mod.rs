//! `depaudit scan`

mod output;
mod team;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use depaudit_auditor::output::Human;
use depaudit_auditor::report::{ScanReport, Verdict};
use depaudit_auditor::{Absent, Environment, Exclude, ScanRequest, rules};
use depaudit_model::Clock;
use depaudit_policy::Day;

use crate::exit::Exit;
use crate::output::{Out, write_json_line};
use crate::system::SystemClock;

use output::{Choice, Format, OutputArgs, Places, View, github, junit, markdown, sarif};
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
                        depaudit scan --output sarif=depaudit.sarif --exclude '**/fixtures' .")]
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
    /// Look at the environment variables of this process, too: in the job that builds
    #[arg(long)]
    env: bool,
    #[command(flatten)]
    output: OutputArgs,
    /// Only findings and the summary, not every override
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be scanned, a pattern is none, or the output takes no more.
pub fn run(args: ScanArgs) -> anyhow::Result<Exit> {
    let choice = args.output.choice()?;
    let exclude = Exclude::new(args.exclude.iter().map(String::as_str)).context("--exclude")?;
    let teams = teams(args.paths, args.team)?;
    let environment = args.env.then(environment);
    let today = Day::of(SystemClock.now());
    let request = ScanRequest { exclude, environment, ..ScanRequest::new(teams, today) };
    let report = depaudit_auditor::scan(&request, &Absent)?;
    print(&report, &choice, args.quiet).context("cannot print the report")?;
    Ok(match report.verdict() {
        Verdict::Clean => Exit::Done,
        Verdict::Denied => Exit::Negative,
        Verdict::Incomplete => Exit::Incomplete,
        Verdict::Nothing => Exit::NothingFound,
    })
}

/// What is no text means nothing to Cargo.
fn environment() -> Environment {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment::new(std::env::vars_os().filter_map(text))
}

fn print(report: &ScanReport, choice: &Choice, quiet: bool) -> anyhow::Result<()> {
    let current = std::env::current_dir().context("cannot tell the current folder")?;
    let places = Places::find(report, &current);
    let view = View { report, rules: rules::ALL, places: &places };
    choice.write(&mut Out::new(), |output, mut out| {
        match output.format() {
            Format::Human => {
                // Into a file: wide enough that no line of a manifest is cut.
                let columns = if output.is_printed() { Out::columns() } else { None };
                // `Out` takes the colours out where nobody wants them; a file gets none.
                let colour = output.is_printed();
                Human { colour, width: columns.unwrap_or(200), quiet }.write(report, &mut out)?;
            }
            Format::Json => write_json_line(&mut out, report)?,
            Format::Sarif => sarif::write(&view, out)?,
            Format::Junit => junit::write(&view, out)?,
            Format::Github => github::write(&view, out)?,
            Format::Markdown => markdown::write(&view, out)?,
        }
        Ok(())
    })
}
