//! `depaudit scan`

mod args;
mod baseline;
mod changed;
mod ci_variables;
mod output;
mod progress;
mod reporting;
pub mod request;
mod rule_name;
mod team;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use depaudit_auditor::output::Human;
use depaudit_auditor::report::{ScanReport, Verdict};
use depaudit_auditor::rules;

use crate::exit::Exit;
use crate::output::{Out, write_json_line};

pub use args::RequestArgs;
use output::{Choice, Format, OutputArgs, Places, View, github, junit, markdown, sarif};
use reporting::ReportArgs;
pub use rule_name::{RuleName, RuleNameParser};

/// Find every override in workspaces, and what is wrong with it
///
/// Reads manifests, locks, configuration, CI files and scripts below each folder, and the
/// `depaudit.toml` at its top. It runs nothing of what it reads and needs no cargo. It asks no
/// network, unless --server or DEPAUDIT_SERVER names a server that knows what has been published,
/// or a policy extends one that stands on a server. The one process that it starts is the user's own
/// git: for --changed-since, and for commits that Cargo has fetched.
///
/// Ends with 0 when nothing is at deny, 1 when something is, 2 when the usage, a policy or another
/// file that it was given is wrong, 3 when something could not be read and nothing else is at deny,
/// and 4 when there is nothing to scan. What could not be read is a finding, SCN01, in each case.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit scan\n  \
                        depaudit scan --team payments=../payments --team search=../search\n  \
                        depaudit scan --output sarif=depaudit.sarif --exclude '**/fixtures' .\n  \
                        depaudit scan --quiet --baseline depaudit-baseline.json\n\n\
                        Facts about what has been published decide some findings. For the same \
                        answer everywhere,\ngive CI and developers one --server, or --no-facts.")]
pub struct ScanArgs {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// Only findings and the summary, not every override
    #[arg(long, short)]
    quiet: bool,
    /// Every finding, however many a rule has
    #[arg(long)]
    all: bool,
    /// The findings that were there before: only others fail
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is there now, for `--baseline` of later scans: over the file that --baseline names,
    /// unless another is given [default: depaudit-baseline.json]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[arg(conflicts_with = "changed_since")]
    write_baseline: Option<Option<PathBuf>>,
    /// Data folder of a server, whose crates overrides are compared with; without it, those that
    /// --server serves, and those in Cargo's own cache
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// In JSON and in what is reported: the text that differs between overrides and releases, up to
    /// 4 MiB, beside digests, counts and marks
    #[arg(long)]
    include_diff: bool,
    /// Only findings in files that were changed since this revision of git
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be scanned, a pattern is none, or the output takes no more.
pub fn run(args: ScanArgs) -> anyhow::Result<Exit> {
    let choice = args.output.choice()?;
    let report = scan(&args)?;
    print(&report, &choice, &args).context("cannot print the report")?;
    args.report.send(&report, &args.request.facts.token)?;
    Ok(match report.verdict() {
        Verdict::Clean => Exit::Done,
        Verdict::Denied => Exit::Negative,
        Verdict::Incomplete => Exit::Incomplete,
        Verdict::Nothing => Exit::NothingFound,
    })
}

fn scan(args: &ScanArgs) -> anyhow::Result<ScanReport> {
    let compares = args.baseline.is_some() || args.write_baseline.is_some();
    let mut request = request::request(&args.request)?;
    reporting::check(&args.report, &request.teams)?;
    request.keep_locked = args.report.is_wanted();
    request.compare = true;
    request.include_diff = args.include_diff;
    request.progress = Some(progress::of_comparisons());
    if !compares && args.changed_since.is_none() {
        return request::run(&request, &args.request, args.data.as_deref());
    }
    if let Some(revision) = &args.changed_since {
        for root in &mut request.teams {
            root.changed = Some(changed::changed_since(&root.path, revision)?);
        }
    }
    let Some(file) = &args.write_baseline else {
        request.baseline = args.baseline.as_deref().map(baseline::read).transpose()?;
        return request::run(&request, &args.request, args.data.as_deref());
    };
    // What is written down is everything that is there, not what an older baseline leaves of it.
    let file = file.as_deref().or(args.baseline.as_deref());
    let file = file.unwrap_or(Path::new(baseline::FILE_NAME));
    let found = request::run(&request, &args.request, args.data.as_deref())?.baseline();
    baseline::write(file, &found)?;
    request.baseline = Some(found);
    request::run(&request, &args.request, args.data.as_deref())
}

fn print(report: &ScanReport, choice: &Choice, args: &ScanArgs) -> anyhow::Result<()> {
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
                let width = columns.unwrap_or(200);
                // Who asks for a rule wants to see what it finds.
                let all = args.all || !args.request.rule.is_empty();
                Human { colour, width, quiet: args.quiet, all }.write(report, &mut out)?;
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
