mod compared;
mod copies;
mod share;
mod suspects;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use depaudit_model::{TeamId, Timestamp};
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

pub use copies::{MayBeCopy, MayHold, Reasons, Suspicion};

use super::Sought;
use crate::report::{Branch, Label, PackageName, Place, Report, Repository, Workspace};
use crate::set::Reached;
use crate::{Locked, Portfolio};
use suspects::Suspects;

/// Whom it hits when a package falls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Blast {
    /// What was sought.
    pub sought: String,
    /// How many are hit.
    pub totals: BlastTotals,
    /// The packages that were sought, as the locks have them.
    pub releases: Vec<ReleaseHit>,
    /// The teams, those with the most binaries first.
    pub teams: Vec<TeamHit>,
    /// The workspaces, each with one of the shortest ways there.
    pub workspaces: Vec<WorkspaceHit>,
    /// Whom it may hit as well: copies under a number of their own, which no total above counts.
    pub may_hold: MayHold,
    /// What teams downloaded that have never reported: whether they lock it, and what depends on it
    /// there, is not known. None of the totals counts them.
    pub received: Vec<ReceivedHit>,
}

/// A team that received what was sought, or what may be made from it, and has never reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceivedHit {
    /// The team.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// When it was downloaded last.
    #[schema(value_type = String)]
    pub last: Timestamp,
}

/// How many are hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BlastTotals {
    /// Teams.
    pub teams: usize,
    /// Repositories.
    pub repositories: usize,
    /// Workspaces.
    pub workspaces: usize,
    /// Binaries.
    pub binaries: usize,
}

/// `1 team, 2 repositories, 2 workspaces, 5 binaries`.
impl fmt::Display for BlastTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: usize, one: &'static str, many: &'static str| {
            (count, if count == 1 { one } else { many })
        };
        let counts = [
            counted(self.teams, "team", "teams"),
            counted(self.repositories, "repository", "repositories"),
            counted(self.workspaces, "workspace", "workspaces"),
            counted(self.binaries, "binary", "binaries"),
        ];
        for (place, (count, what)) in counts.into_iter().enumerate() {
            write!(f, "{}{count} {what}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// A package that was sought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReleaseHit {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// What makes it the same bytes, in words.
    pub identity: String,
    /// Whose locks hold it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

/// A team that is hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamHit {
    /// The team.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// How many of its workspaces.
    pub workspaces: usize,
    /// How many of its binaries.
    pub binaries: usize,
}

/// A workspace that is hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceHit {
    /// Whose it is.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// The team's repository.
    #[schema(value_type = String)]
    pub repository: Repository,
    /// The branch that speaks for it.
    #[schema(value_type = String)]
    pub branch: Branch,
    /// The folder of its lock.
    #[schema(value_type = String)]
    pub folder: Place,
    /// One of the shortest ways: from one of its own packages to what was sought.
    pub path: Vec<Step>,
    /// Its binaries that are hit.
    pub binaries: Vec<BinaryHit>,
}

/// A binary that is hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BinaryHit {
    /// What it is called.
    #[schema(value_type = String)]
    pub name: Label,
    /// One of the shortest ways: from the binary's package to what was sought. Empty where the ways of
    /// the report's other binaries are as much as an answer tells of one report.
    pub path: Vec<Step>,
}

/// A package on the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Step {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
}

/// Whom it hits when what is sought falls: every workspace of which one of its own packages reaches
/// it in its lock, with a shortest way for the workspace and for each binary. The index is the
/// portfolio's: an answer walks each graph that holds a sought package once.
#[must_use]
pub fn blast_radius(portfolio: &Portfolio, sought: &Sought) -> Blast {
    let sought = &sought.as_locked(portfolio);
    let hits: Vec<Locked<'_>> = match sought.name() {
        Some(name) => portfolio.named(name).filter(|it| sought.is(it.package)).collect(),
        None => portfolio.all().filter(|it| sought.is(it.package)).collect(),
    };
    let suspects = Suspects::of(sought, &hits);
    let received =
        portfolio.received().filter(|it| sought.is(it.package) || suspects.hold(it.package));
    let received = received.map(|it| ReceivedHit {
        team: it.team.clone(),
        name: it.package.name.clone(),
        version: it.package.version.clone(),
        last: it.last,
    });
    Blast {
        may_hold: MayHold::of(portfolio, &suspects),
        received: received.collect(),
        ..radius(portfolio, sought.to_string(), &hits)
    }
}

/// How many packages the ways of one report's binaries have altogether: some thousand binaries, each with
/// a way as long as ways are. A report can name very many binaries that all have a very long one.
const MOST_STEPS: usize = 100_000;

/// The same for packages that were chosen otherwise.
pub(super) fn radius(portfolio: &Portfolio, sought: String, hits: &[Locked<'_>]) -> Blast {
    let mut by_report = BTreeMap::<usize, Vec<u32>>::new();
    for hit in hits {
        let Some(report) = portfolio.reports().get(hit.report) else { continue };
        if let Ok(place) = report.packages.binary_search(hit.package) {
            let numbers = by_report.entry(hit.report).or_default();
            numbers.extend(u32::try_from(place));
        }
    }
    let mut reached = Reached::default();
    let mut workspaces = Vec::new();
    for (number, packages) in &mut by_report {
        packages.sort_unstable();
        packages.dedup();
        let Some(report) = portfolio.reports().get(*number) else { continue };
        let mut steps = MOST_STEPS;
        for (workspace, graph) in portfolio.workspaces(*number) {
            let nodes = places_of(packages, workspace);
            if nodes.is_empty() {
                continue;
            }
            graph.reach(&nodes, &mut reached);
            workspaces.extend(hit_workspace(report, workspace, &reached, &mut steps));
        }
    }
    summarise(sought, hits, workspaces)
}

/// The places of these packages among a workspace's nodes. Both lists are ascending.
fn places_of(packages: &[u32], workspace: &Workspace) -> Vec<u32> {
    let nodes = &workspace.nodes;
    if packages.len() <= nodes.len() {
        let places = packages.iter().filter_map(|package| nodes.binary_search(package).ok());
        return places.filter_map(|place| u32::try_from(place).ok()).collect();
    }
    // The shorter one is walked: a report has many workspaces, and may have much of what is sought.
    let nodes = (0_u32..).zip(nodes);
    nodes.filter(|it| packages.binary_search(it.1).is_ok()).map(|(place, _)| place).collect()
}

/// `steps` is how many packages the ways of its binaries may have yet.
fn hit_workspace(
    report: &Report,
    workspace: &Workspace,
    reached: &Reached,
    steps: &mut usize,
) -> Option<WorkspaceHit> {
    let path = |node: u32| -> Vec<Step> {
        reached.path(node).into_iter().filter_map(|node| step(report, workspace, node)).collect()
    };
    let members =
        workspace.members.iter().filter_map(|node| Some((reached.distance(*node)?, *node)));
    let (_, nearest) = members.min()?;
    let binaries = workspace.binaries.iter().filter_map(|it| {
        let length = reached.distance(it.node)? as usize + 1;
        let left = steps.checked_sub(length);
        *steps = left.unwrap_or(*steps);
        let path = if left.is_some() { path(it.node) } else { Vec::new() };
        Some(BinaryHit { name: it.name.clone(), path })
    });
    Some(WorkspaceHit {
        team: report.origin.team.clone(),
        repository: report.origin.repository.clone(),
        branch: report.origin.branch.clone(),
        folder: workspace.folder.clone(),
        path: path(nearest),
        binaries: binaries.collect(),
    })
}

fn step(report: &Report, workspace: &Workspace, node: u32) -> Option<Step> {
    let package = workspace.nodes.get(node as usize)?;
    let package = report.packages.get(*package as usize)?;
    Some(Step { name: package.name.clone(), version: package.version.clone() })
}

fn summarise(sought: String, hits: &[Locked<'_>], workspaces: Vec<WorkspaceHit>) -> Blast {
    let mut releases = BTreeMap::<_, BTreeSet<TeamId>>::new();
    for Locked { origin, package, .. } in hits {
        let key = (&package.name, &package.version, package.identity().to_string());
        releases.entry(key).or_default().insert(origin.team.clone());
    }
    let release = |((name, version, identity), teams): ((&PackageName, &Version, String), _)| {
        ReleaseHit { name: name.clone(), version: version.clone(), identity, teams }
    };
    let mut by_team = BTreeMap::<&TeamId, (usize, usize)>::new();
    let mut repositories = BTreeSet::new();
    for hit in &workspaces {
        repositories.insert((&hit.team, &hit.repository));
        let (count, binaries) = by_team.entry(&hit.team).or_default();
        *count += 1;
        *binaries += hit.binaries.len();
    }
    let totals = BlastTotals {
        teams: by_team.len(),
        repositories: repositories.len(),
        workspaces: workspaces.len(),
        binaries: workspaces.iter().map(|hit| hit.binaries.len()).sum(),
    };
    let team = |(team, (workspaces, binaries)): (&TeamId, _)| TeamHit {
        team: team.clone(),
        workspaces,
        binaries,
    };
    let mut teams: Vec<_> = by_team.into_iter().map(team).collect();
    teams.sort_by_key(|hit| Reverse((hit.binaries, hit.workspaces)));
    Blast {
        sought,
        totals,
        releases: releases.into_iter().map(release).collect(),
        teams,
        workspaces,
        may_hold: MayHold::default(),
        received: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
