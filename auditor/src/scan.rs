use std::num::NonZero;
use std::path::PathBuf;

use depaudit_policy::Level;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::audit::{Across, AuditedTeam, World, audit};
use crate::comparison::compare;
use crate::facts::Facts;
use crate::files::walk;
use crate::judge::{self, Judged, judge};
use crate::keep;
use crate::limits::STACK;
use crate::report::{Finding, NotEvaluated, ScanReport, Summary, TeamReport};
use crate::request::ScanRequest;
use crate::rules::{self, Findings, Selection};

/// Why a scan could not begin. What goes wrong later, in single files, stands in the report.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A folder to scan is not there, or no folder.
    #[error("cannot scan {}: {why}", path.display())]
    Root {
        /// The folder that was asked for.
        path: PathBuf,
        /// What the file system says.
        why: std::io::ErrorKind,
    },
    /// The machine gives no threads.
    #[error("cannot start the scan's threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Scans folders: reads what counts in them, runs the rules, compares the teams.
///
/// Reads regular files below the folders, and nothing else: no link out of them is followed,
/// nothing is executed, no network is asked.
///
/// # Errors
/// When a folder is not there, or no thread can be started.
pub fn scan(request: &ScanRequest, facts: &dyn Facts) -> Result<ScanReport, ScanError> {
    let threads = request.threads.map_or(0, NonZero::get);
    let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build()?;
    let world = World { facts, today: request.today };
    let selection = judge::to_run(request.rules.as_ref());
    pool.install(|| {
        let mut audited: Vec<AuditedTeam> = request
            .teams
            .par_iter()
            .map(|root| {
                let tree = walk(&root.path, &request.exclude).map_err(|error| ScanError::Root {
                    path: root.path.clone(),
                    why: error.kind(),
                })?;
                let environment = request.environment.as_ref();
                Ok(audit(root, tree, environment, world, selection, request.keep_locked))
            })
            .collect::<Result<_, ScanError>>()?;
        if request.compare {
            compare(&mut audited, request, facts);
        }
        Ok(join(audited, request, world, selection))
    })
}

fn join(
    audited: Vec<AuditedTeam>,
    request: &ScanRequest,
    world: World<'_>,
    selection: Selection<'_>,
) -> ScanReport {
    let across = Across::of(&audited);
    let cross_team = across.compare();
    let mut summary = Summary {
        teams: audited.len(),
        workspaces: audited.iter().map(|team| team.workspaces).sum(),
        gaps: audited.iter().map(|team| team.gaps).sum(),
        ..Summary::default()
    };
    let mut found = Findings::default();
    let found_across = rules::check_teams(&across, world, selection);
    let kept = keep::locked(&across);
    let mut teams = Vec::with_capacity(audited.len());
    for (team, locked) in audited.into_iter().zip(kept) {
        found.append(team.findings);
        teams.push(TeamReport { locked, ..team.report });
    }
    for record in teams.iter().flat_map(|team| &team.overrides) {
        let ordinary = record.is_ordinary();
        summary.ordinary_path_dependencies += usize::from(ordinary);
        summary.overrides += usize::from(!ordinary);
    }
    found.append(found_across);
    summary.not_evaluated = not_evaluated(&found, request);
    let Judged { findings, unchanged } = judge(found, request);
    summary.unchanged = unchanged;
    count(&findings, &mut summary);
    ScanReport { schema: ScanReport::SCHEMA, teams, cross_team, findings, summary }
}

fn not_evaluated(found: &Findings, request: &ScanRequest) -> Vec<NotEvaluated> {
    let lacking = found.lacking.iter();
    let told = lacking.filter(|((code, _), _)| rules::is_selected(code, request.rules.as_ref()));
    told.filter_map(|((code, lacking), passed_over)| {
        let rule = rules::find(code)?;
        let (lacking, passed_over) = (*lacking, *passed_over);
        Some(NotEvaluated { rule: rule.name, code, lacking, passed_over })
    })
    .collect()
}

fn count(findings: &[Finding], summary: &mut Summary) {
    for finding in findings {
        if finding.waived_by.is_some() {
            summary.waived += 1;
        } else if finding.in_baseline {
            summary.in_baseline += 1;
        } else {
            *summary.levels.entry(finding.level).or_default() += 1;
            if finding.level > Level::Allow {
                *summary.severities.entry(finding.severity).or_default() += 1;
            }
        }
    }
}
