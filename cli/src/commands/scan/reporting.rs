//! `scan --report`: what was found, for a server.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_auditor::TeamRoot;
use depaudit_auditor::report::{ScanReport, TeamName};
use depaudit_model::{AccessToken, Clock, TeamId};
use depaudit_portfolio::report::{Branch, Commit, EncodedReport, Origin, Repository};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::StatusCode;

use super::ci_variables as ci;
use crate::args::{ServerUrl, TokenSource};
use crate::commands::block_on;
use crate::http;
use crate::output::print_warning;
use crate::system::SystemClock;

/// How long one attempt may take.
const LONGEST: Duration = Duration::from_secs(30);
/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Where to report what was found, and in whose name.
#[derive(Debug, Clone, Default, Args)]
pub struct ReportArgs {
    /// Report what was found to this depaudit server: locked packages, overrides and counts, and
    /// no source code without --include-diff. A scan does not fail because the server is away
    #[arg(long, value_name = "URL", env = "DEPAUDIT_REPORT", hide_env_values = true)]
    report: Option<ServerUrl>,
    /// Fail when the server did not take the report
    #[arg(long, requires = "report")]
    report_required: bool,
    /// Write the report into a file, for `depaudit portfolio --reports`
    #[arg(long, value_name = "FILE")]
    write_report: Option<PathBuf>,
    /// The team that reports [default: what the scan calls it, as in `--team payments=.`]
    #[arg(long, value_name = "TEAM")]
    report_team: Option<TeamId>,
    /// The repository, as in acme/shop [default: what the CI system says]
    #[arg(long, value_name = "NAME")]
    repo: Option<Repository>,
    /// The branch [default: what the CI system says]
    #[arg(long, value_name = "NAME")]
    branch: Option<Branch>,
    /// The commit [default: what the CI system says]
    #[arg(long, value_name = "HASH")]
    commit: Option<Commit>,
}

impl ReportArgs {
    /// Whether anything is to be reported.
    pub const fn is_wanted(&self) -> bool {
        self.report.is_some() || self.write_report.is_some()
    }

    /// Reports a scan, as far as it was asked for.
    ///
    /// # Errors
    /// When it is not known in whose name, a file cannot be written, or a server that is required
    /// does not take it.
    pub fn send(&self, scan: &ScanReport, token: &TokenSource) -> anyhow::Result<()> {
        if !self.is_wanted() {
            return Ok(());
        }
        let encoded = self.encode(scan)?;
        if let Some(path) = &self.write_report {
            let cannot = || format!("cannot write the report {}", path.display());
            fs::write(path, encoded.bytes()).with_context(cannot)?;
        }
        let Some(server) = &self.report else { return Ok(()) };
        let sent = token.token().and_then(|token| post(server, &encoded, token));
        match sent {
            Err(error) if !self.report_required => {
                print_warning(&format!("the scan was not reported: {error:#}"));
                Ok(())
            }
            sent => sent.context("the scan was not reported"),
        }
    }

    /// In whose name it is reported.
    ///
    /// # Errors
    /// When that is not known; it names all that is missing.
    fn origin(&self, team: &TeamName) -> anyhow::Result<Origin> {
        let named = self.report_team.clone().or_else(|| team.as_str().parse().ok());
        let repository = self.repo.clone().or_else(|| ci::read(&ci::REPOSITORY));
        let branch = self.branch.clone().or_else(ci::branch);
        let (Some(team), Some(repository), Some(branch)) = (&named, &repository, &branch) else {
            let all = [
                (named.is_none(), "the team with --report-team"),
                (repository.is_none(), "the repository with --repo"),
                (branch.is_none(), "the branch with --branch"),
            ];
            let missing: Vec<_> = all.iter().filter(|it| it.0).map(|it| it.1).collect();
            bail!(
                "a report says whose it is, and no CI system tells it here: name {}",
                missing.join(", ")
            );
        };
        Ok(Origin {
            team: team.clone(),
            repository: repository.clone(),
            branch: branch.clone(),
            commit: self.commit.clone().or_else(|| ci::read(&ci::COMMIT)),
        })
    }

    fn encode(&self, scan: &ScanReport) -> anyhow::Result<EncodedReport> {
        let [team] = scan.teams.as_slice() else {
            bail!("a report is about one team: scan each of several on its own");
        };
        let origin = self.origin(&team.team)?;
        let tool = env!("CARGO_PKG_VERSION").parse().context("depaudit's own version")?;
        let encoded = scan.outgoing(team, origin, SystemClock.now(), tool);
        Ok(encoded.context("the scan kept nothing to report")??)
    }
}

fn post(
    server: &ServerUrl,
    encoded: &EncodedReport,
    token: Option<AccessToken>,
) -> anyhow::Result<()> {
    let team = encoded.report().origin.team.as_str();
    let url = server.below(&["api", "v1", "t", team, "reports"]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(encoded.bytes()).context("cannot pack the report")?;
    let body = packed.finish().context("cannot pack the report")?;
    let client = http::client(LONGEST)?;
    let mut request = client
        .post(url)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token.expose());
    }
    block_on(async {
        let mut pauses = PAUSES.iter();
        loop {
            let request = request.try_clone().context("the request cannot be sent again")?;
            match attempt(request).await {
                Ok(()) => return Ok(()),
                Err(Failure::Final(why)) => bail!(why),
                Err(Failure::Passing(why)) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => bail!("{why}, {} times", PAUSES.len() + 1),
                },
            }
        }
    })
}

/// Why an attempt failed, and whether another one may do better.
enum Failure {
    Passing(String),
    Final(String),
}

async fn attempt(request: reqwest::RequestBuilder) -> Result<(), Failure> {
    let response = request
        .send()
        .await
        .map_err(|error| Failure::Passing(http::describe(&error.without_url(), LONGEST)))?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let told = format!("the server answers {status}");
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Failure::Passing(told));
    }
    // A refusal's body is short; what is no such thing is not printed.
    let body = http::body(response, 1_000).await.ok().flatten().unwrap_or_default();
    let said = http::said(&body).map_or(String::new(), |said| format!(": {said}"));
    Err(Failure::Final(format!("{told}{said}")))
}

/// Before anything is scanned: one team has a report of its own, since several would have to be told apart
/// by folder, and in whose name it is must be known.
pub fn check(args: &ReportArgs, teams: &[TeamRoot]) -> anyhow::Result<()> {
    match teams {
        _ if !args.is_wanted() => Ok(()),
        [team] => args.origin(&team.team).map(drop),
        _ => bail!("--report is about one team: scan each on its own"),
    }
}
