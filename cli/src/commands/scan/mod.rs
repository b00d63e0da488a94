//! `depaudit scan`

mod args;
mod output;
pub mod request;
mod rule_name;
mod team;

use anyhow::Context;
use clap::Args;
use depaudit_auditor::output::Human;
use depaudit_auditor::report::{ScanReport, Verdict};
use depaudit_auditor::rules;

use crate::exit::Exit;
use crate::output::{Out, write_json_line};

pub use args::RequestArgs;
use output::{Choice, Format, OutputArgs, Places, View, github, junit, markdown, sarif};
pub use rule_name::{RuleName, RuleNameParser};

/// Find every override in workspaces, and what is wrong with it
///
/// Reads manifests, locks and configuration below each folder. It runs nothing, needs no cargo, and
/// asks no network unless --server names a server that knows what has been published.
///
/// Ends with 0 when nothing is at deny, 1 when something is, 2 on wrong usage, 3 when something
/// could not be read and nothing else is at deny, and 4 when there is nothing to scan.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit scan\n  \
                        depaudit scan --team payments=../payments --team search=../search\n  \
                        depaudit scan --output sarif=depaudit.sarif --exclude '**/fixtures' .")]
pub struct ScanArgs {
    #[command(flatten)]
    request: RequestArgs,
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
    let report = request::scan(&args.request)?;
    print(&report, &choice, args.quiet).context("cannot print the report")?;
    Ok(match report.verdict() {
        Verdict::Clean => Exit::Done,
        Verdict::Denied => Exit::Negative,
        Verdict::Incomplete => Exit::Incomplete,
        Verdict::Nothing => Exit::NothingFound,
    })
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
            Format::GithubSarif => sarif::write_for_github(&view, out)?,
            Format::Junit => junit::write(&view, out)?,
            Format::Github => github::write(&view, out)?,
            Format::Markdown => markdown::write(&view, out)?,
        }
        Ok(())
    })
}
