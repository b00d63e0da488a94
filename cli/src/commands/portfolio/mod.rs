//! `depaudit portfolio`

mod blast_rows;
mod reports;
mod rows;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use depaudit_model::cargo::parse_version;
use depaudit_model::{Clock, TeamId};
use depaudit_policy::{Day, Policy};
use depaudit_portfolio::Portfolio;
use depaudit_portfolio::question::{self, OverridePlace, Sought, Supposition};
use depaudit_portfolio::report::{Label, PackageName};
use serde::Serialize;

use crate::commands::policy::Loader;
use crate::exit::Exit;
use crate::facts::{FactsArgs, Source};
use crate::output::{Cell, Column, Out, Table, print_warning, write_json_line};
use crate::system::SystemClock;
use reports::Reports;

/// After how many days a report is an old one.
const OLD_AFTER_DAYS: u64 = 14;

/// Ask what many reports say together: who drifts, who overrides what, who is hit
///
/// Reports come from files that `depaudit scan --write-report` wrote, or from the data folder of a
/// server that `depaudit scan --report` sent them to. Of each repository its main branch speaks. Beside a
/// server, what teams downloaded in the last 30 days stands in for those that have never reported, of each
/// line of compatible versions of a crate the newest, and is marked `(downloads)`; and what has been published is
/// read from the server's own index, unless --server names one to ask.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit portfolio drift --data /var/lib/depaudit\n  \
                        depaudit portfolio blast shared@1.2.0 --reports reports/\n  \
                        depaudit portfolio what-if --yanked shared@1.2.0")]
pub struct PortfolioArgs {
    #[command(subcommand)]
    question: Question,
    #[command(flatten)]
    reports: Reports,
    /// The policy whose one-version list and patience count
    #[arg(long, value_name = "FILE", global = true)]
    policy: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// How many names and versions teams share, and differ in
    #[command(after_help = "Example:\n  depaudit portfolio across --reports reports/")]
    Across,
    /// Names and versions that are not the same bytes for all teams
    #[command(after_help = "Example:\n  depaudit portfolio split --reports reports/")]
    Split,
    /// Crates on which teams differ, the worst first
    #[command(after_help = "Example:\n  depaudit portfolio drift --reports reports/")]
    Drift(FactsArgs),
    /// Crates that the policy wants at one version, and that stand at several
    #[command(
        after_help = "Example:\n  depaudit portfolio one-version --policy depaudit.toml --reports reports/"
    )]
    OneVersion,
    /// Who stands on a release for which a newer patch release is out
    #[command(after_help = "Example:\n  depaudit portfolio missed-patches --reports reports/")]
    MissedPatches(FactsArgs),
    /// Overrides that stand: since when, declared by whom, until when
    #[command(after_help = "Example:\n  depaudit portfolio overrides --reports reports/")]
    Overrides,
    /// Whom a package hits: NAME, NAME@VERSION or the SHA-256 of a crate
    #[command(after_help = "Example:\n  depaudit portfolio blast shared@1.2.0 --reports reports/")]
    Blast {
        /// What falls
        sought: Sought,
    },
    /// What follows if a release is yanked, overrides are dropped, or an owner of forks leaves
    #[command(
        after_help = "Example:\n  depaudit portfolio what-if --leaves our-org --reports reports/"
    )]
    WhatIf(WhatIfArgs),
    /// How it stood on each of the last days, for all teams or for one
    #[command(
        after_help = "Example:\n  depaudit portfolio trend --days 90 --team payments --reports reports/"
    )]
    Trend {
        /// How many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=400))]
        days: i64,
        /// Count what concerns this team alone
        #[arg(long, value_name = "TEAM")]
        team: Option<TeamId>,
    },
    /// How each team stands: how far behind, with which overrides and split identities, the worst first
    #[command(after_help = "Example:\n  depaudit portfolio teams --reports reports/")]
    Teams(FactsArgs),
    /// Which teams report, how long ago, and whether what they lock came through the server
    #[command(after_help = "Example:\n  depaudit portfolio coverage --data /var/lib/depaudit")]
    Coverage,
}

impl Question {
    /// Where facts about what has been published come from, for the questions that need them.
    fn facts(&self, reports: &Reports) -> anyhow::Result<Source> {
        let facts = match self {
            Self::Drift(facts) | Self::MissedPatches(facts) | Self::Teams(facts) => facts,
            Self::WhatIf(what) => &what.facts,
            _ => return Source::open(&FactsArgs { no_facts: true, ..FactsArgs::default() }),
        };
        // Beside a server, the commands say what its pages say.
        let stored = if facts.server.is_none() && !facts.no_facts { reports.meta()? } else { None };
        stored.map_or_else(|| Source::open(facts), Source::stored)
    }
}

#[derive(Debug, Args)]
struct WhatIfArgs {
    #[command(flatten)]
    supposed: Supposed,
    /// Of the overrides that are dropped this one alone, as the answer without it names them
    #[arg(long, value_name = "TEAM REPOSITORY FILE:LINE", requires = "dropped")]
    at: Option<OverridePlace>,
    #[command(flatten)]
    facts: FactsArgs,
}

/// A group of its own: with other flags in it, clap would count these as suppositions, too.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Supposed {
    /// The author withdraws this release
    #[arg(long, value_name = "NAME@VERSION")]
    yanked: Option<Sought>,
    /// The overrides of this package go
    #[arg(long, value_name = "NAME")]
    dropped: Option<PackageName>,
    /// This owner of git repositories or of declared overrides is gone
    #[arg(long, value_name = "OWNER")]
    leaves: Option<Label>,
}

impl Supposed {
    fn supposition(&self, at: Option<&OverridePlace>) -> anyhow::Result<Supposition> {
        match (&self.yanked, &self.dropped, &self.leaves) {
            (Some(Sought::Release(name, version)), ..) => {
                Ok(Supposition::Yanked(name.clone(), parse_version(&version.to_string())?))
            }
            (_, Some(name), _) => Ok(match at {
                Some(place) => Supposition::DroppedAt(name.clone(), place.clone()),
                None => Supposition::Dropped(name.clone()),
            }),
            (_, _, Some(owner)) => Ok(Supposition::Leaves(owner.clone())),
            _ => anyhow::bail!("--yanked takes one release, as in shared@1.2.0"),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When reports cannot be read, or the output takes no more.
pub fn run(args: &PortfolioArgs) -> anyhow::Result<Exit> {
    let history = args.reports.read()?;
    let now = SystemClock.now();
    let reported = history.now();
    let record = args.reports.record(&reported, now)?;
    let portfolio = reported.with_downloads(record.downloads);
    let source = args.question.facts(&args.reports)?;
    let facts = source.facts();
    let today = Day::of(now);
    let asked = Asked { json: args.json };
    match &args.question {
        Question::Across => {
            asked.print(&question::across(&portfolio), rows::across)?;
            asked.note_downloads(&portfolio)
        }
        Question::Split => {
            asked.print(question::split_identities(&portfolio).as_slice(), rows::split)?;
            asked.note_downloads(&portfolio)
        }
        Question::Drift(_) => {
            let answer = question::drift(&portfolio, facts, today);
            asked.print(&answer, rows::drift)?;
            asked.note(&format!("score: {}", answer.formula.score))?;
            asked.note_downloads(&portfolio)
        }
        Question::OneVersion => {
            let answer = question::one_version_violations(&portfolio, &*policy(args)?);
            asked.print(answer.as_slice(), rows::one_version)?;
            asked.note_downloads(&portfolio)
        }
        Question::MissedPatches(_) => {
            let patience = policy(args)?.missed_patch().value;
            let answer = question::missed_patches(&portfolio, facts, today, patience);
            asked.print(&answer, rows::missed_patches)?;
            asked.note(&rows::missed_note(&answer, patience))
        }
        Question::Overrides => {
            asked.print(question::standing_overrides(&history, today).as_slice(), rows::overrides)
        }
        Question::Blast { sought } => {
            let answer = question::blast_radius(&portfolio, sought);
            asked.print(&answer, blast_rows::blast)?;
            asked.note(&blast_rows::totals(&answer))?;
            blast_rows::received(&answer).iter().try_for_each(|line| asked.note(line))?;
            blast_rows::may_hold(&answer).iter().try_for_each(|line| asked.note(line))?;
            if !answer.may_hold.workspaces.is_empty() {
                asked.note_table(blast_rows::hits(&answer.may_hold.workspaces))?;
            }
            let may_hold = !answer.may_hold.copies.is_empty();
            if answer.workspaces.is_empty() && answer.received.is_empty() && !may_hold {
                print_warning(&blast_rows::nowhere(sought, &args.reports));
                return Ok(Exit::Negative);
            }
            Ok(())
        }
        Question::WhatIf(what) => {
            let supposition = what.supposed.supposition(what.at.as_ref())?;
            let answer = question::what_if(&portfolio, facts, &supposition);
            asked.print(&answer, blast_rows::what_if)?;
            asked.note(&blast_rows::totals(&answer.blast))
        }
        Question::Trend { days, team } => {
            let trends = question::trends(&history, today.last(*days));
            let points = match team {
                Some(team) => trends.of_team(team),
                None => trends.all,
            };
            asked.print(points.as_slice(), rows::trend)
        }
        Question::Teams(_) => {
            let (drift, split) =
                (question::drift(&portfolio, facts, today), question::split_identities(&portfolio));
            let standing = question::standing_overrides(&history, today);
            let answer = question::teams(&portfolio, &drift, &split, &standing);
            asked.print(answer.as_slice(), rows::teams)
        }
        Question::Coverage => {
            let receipts = record.receipts.as_ref();
            let answer = question::coverage(&portfolio, &[], receipts, now, OLD_AFTER_DAYS);
            asked.print(&answer, rows::coverage)?;
            rows::coverage_notes(&answer).iter().try_for_each(|line| asked.note(line))
        }
    }?;
    if let Some(warning) = source.warning() {
        print_warning(&warning);
    }
    Ok(Exit::Done)
}

fn policy(args: &PortfolioArgs) -> anyhow::Result<std::sync::Arc<Policy>> {
    let mut loader = Loader::new();
    let policy = args.policy.as_deref().map(|path| loader.of_file(path)).transpose()?;
    Ok(policy.unwrap_or_default())
}

/// A column, and the rows of an answer.
type Rows<const N: usize> = ([Column; N], Vec<[Cell; N]>);

struct Asked {
    json: bool,
}

impl Asked {
    fn print<T: Serialize + ?Sized, const N: usize>(
        &self,
        answer: &T,
        rows: impl Fn(&T) -> Rows<N>,
    ) -> anyhow::Result<()> {
        let mut out = Out::new();
        if self.json {
            write_json_line(&mut out, &answer)?;
        } else {
            let (columns, rows) = rows(answer);
            Table::new(columns, Out::columns()).print(&mut out, &rows)?;
        }
        out.flush().context("cannot print the answer")
    }

    /// Says whose locks nobody knows.
    fn note_downloads(&self, portfolio: &Portfolio) -> anyhow::Result<()> {
        let teams: Vec<_> = portfolio.teams_by_downloads().map(TeamId::as_str).collect();
        if teams.is_empty() {
            return Ok(());
        }
        self.note(&format!(
            "(downloads): never reported, so what was downloaded in the last {} days stands in: {}",
            Portfolio::DOWNLOAD_DAYS,
            teams.join(" ")
        ))
    }

    /// A second table, for people.
    fn note_table<const N: usize>(&self, (columns, rows): Rows<N>) -> anyhow::Result<()> {
        let mut out = Out::new();
        if !self.json {
            Table::new(columns, Out::columns()).print(&mut out, &rows)?;
        }
        out.flush().context("cannot print the answer")
    }

    fn note(&self, text: &str) -> anyhow::Result<()> {
        let mut out = Out::new();
        if !self.json {
            writeln!(out, "{text}")?;
        }
        Ok(out.flush()?)
    }
}
