//! From the command line to a scan.

use std::ffi::OsString;

use anyhow::Context;
use depaudit_auditor::report::ScanReport;
use depaudit_auditor::{Environment, Exclude, ScanRequest};
use depaudit_model::Clock;
use depaudit_policy::Day;

use super::args::RequestArgs;
use super::team::teams;
use crate::facts::Source;
use crate::output::print_warning;
use crate::system::SystemClock;

/// Scans as the command line says.
///
/// # Errors
/// When the command line or a policy cannot be used, or a folder cannot be scanned.
pub fn scan(args: &RequestArgs) -> anyhow::Result<ScanReport> {
    let request = request(args)?;
    let source = Source::open(&args.facts)?;
    let mut report = depaudit_auditor::scan(&request, source.facts())?;
    report.summary.facts = source.origin(SystemClock.now());
    if let Some(warning) = source.warning() {
        print_warning(&warning);
    }
    Ok(report)
}

/// What the command line asks for.
///
/// # Errors
/// When a pattern is none, a folder is not there, or a policy cannot be used.
pub fn request(args: &RequestArgs) -> anyhow::Result<ScanRequest> {
    let exclude = Exclude::new(args.exclude.iter().map(String::as_str)).context("--exclude")?;
    let teams = teams(&args.paths, &args.team)?;
    let rules = args.rule.iter().map(|rule| rule.code()).collect();
    Ok(ScanRequest {
        exclude,
        environment: args.env.then(environment),
        rules: (!args.rule.is_empty()).then_some(rules),
        ..ScanRequest::new(teams, Day::of(SystemClock.now()))
    })
}

/// What is no text means nothing to Cargo.
fn environment() -> Environment {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment::new(std::env::vars_os().filter_map(text))
}
