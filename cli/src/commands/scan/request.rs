//! From the command line to a scan.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use depaudit_auditor::report::ScanReport;
use depaudit_auditor::{Environment, Exclude, ScanRequest, TeamRoot};
use depaudit_model::Clock;
use depaudit_policy::{Day, Policy};

use super::args::RequestArgs;
use super::team::teams;
use crate::commands::policy::Loader;
use crate::facts::{Bytes, FactsArgs, Source};
use crate::output::print_warning;
use crate::system::SystemClock;

/// Scans as the command line says, without comparing the content of overrides.
///
/// # Errors
/// When the command line or a policy cannot be used, or a folder cannot be scanned.
pub fn scan(args: &RequestArgs) -> anyhow::Result<ScanReport> {
    run(&request(args)?, args, None)
}

/// Scans what was asked for, with the facts that the command line names, and the crates in the data
/// folder `data`.
///
/// # Errors
/// When a folder cannot be scanned, or `data` is no data folder.
pub fn run(
    request: &ScanRequest,
    args: &RequestArgs,
    data: Option<&Path>,
) -> anyhow::Result<ScanReport> {
    let source = Source::open(&asking(args)?)?;
    let facts = Bytes::new(&source, data)?;
    let mut report = depaudit_auditor::scan(request, &facts)?;
    report.summary.facts = source.origin(SystemClock.now());
    for warning in source.warning().into_iter().chain(facts.warning()) {
        print_warning(&warning);
    }
    Ok(report)
}

/// Whom to ask for facts, and in whose name: a token opens one team's index, and in a job it is that of
/// the team that is scanned.
fn asking(args: &RequestArgs) -> anyhow::Result<FactsArgs> {
    let mut facts = args.facts.clone();
    if let ([only], [], None) = (args.team.as_slice(), args.paths.as_slice(), &facts.server_team)
        && facts.server.is_some()
        && facts.token.token()?.is_some()
    {
        facts.server_team = only.name().as_str().parse().ok();
    }
    Ok(facts)
}

/// What the command line asks for.
///
/// # Errors
/// When a pattern is none, a folder is not there, or a policy cannot be used.
pub fn request(args: &RequestArgs) -> anyhow::Result<ScanRequest> {
    let exclude = Exclude::new(args.exclude.iter().map(String::as_str)).context("--exclude")?;
    let mut teams = teams(&args.paths, &args.team)?;
    let policy = policies(&mut teams, args.policy.as_deref())?;
    let rules = args.rule.iter().map(|rule| rule.code()).collect();
    Ok(ScanRequest {
        exclude,
        environment: args.env.then(environment),
        compare: false,
        rules: (!args.rule.is_empty()).then_some(rules),
        policy,
        ..ScanRequest::new(teams, Day::of(SystemClock.now()))
    })
}

/// Gives each team its policy: the one for all, or its own. Returns the one for all.
fn policies(teams: &mut [TeamRoot], for_all: Option<&Path>) -> anyhow::Result<Arc<Policy>> {
    let mut loader = Loader::new();
    let policy = for_all.map(|path| loader.of_file(path)).transpose()?;
    for root in teams {
        root.policy = match &policy {
            Some(policy) => Arc::clone(policy),
            None => loader
                .of_folder(&root.path)
                .with_context(|| format!("the policy of the team {}", root.team))?,
        };
    }
    loader.warnings.iter().for_each(|warning| print_warning(warning));
    Ok(policy.unwrap_or_default())
}

/// What is no text means nothing to Cargo.
fn environment() -> Environment {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment::new(std::env::vars_os().filter_map(text))
}
