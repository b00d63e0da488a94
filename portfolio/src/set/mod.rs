//! Many reports, indexed once.

mod branch;
mod graph;
mod history;

pub(crate) use graph::{Graph, Reached};
pub use history::History;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::report::{Origin, Package, PackageName, Report, Workspace};

/// The reports that count, one for each repository, with what the questions look up.
#[derive(Debug)]
pub struct Portfolio {
    reports: Vec<Arc<Report>>,
    /// For each report the graph of each workspace.
    graphs: Vec<Vec<Graph>>,
    /// Every package of every report, by name and version; of one version in the order of teams.
    locked: Vec<(u32, u32)>,
}

/// A package that some lock of a report holds.
#[derive(Debug, Clone, Copy)]
pub struct Locked<'a> {
    /// The report's number.
    pub(crate) report: usize,
    /// Whose report it is.
    pub origin: &'a Origin,
    /// The package.
    pub package: &'a Package,
}

impl Portfolio {
    /// Takes reports in any order, and keeps one for each repository of each team: the newest of its
    /// main branch, or where it reports none, the newest at all.
    #[must_use]
    pub fn new(reports: impl IntoIterator<Item = Arc<Report>>) -> Self {
        let mut speaking = BTreeMap::<_, Arc<Report>>::new();
        for report in reports {
            let origin = &report.origin;
            let key = (origin.team.clone(), origin.repository.clone());
            match speaking.get_mut(&key) {
                Some(known) if !branch::speaks_before(&report, known) => {}
                Some(known) => *known = report,
                None => {
                    speaking.insert(key, report);
                }
            }
        }
        Self::index(speaking.into_values().collect())
    }

    fn index(reports: Vec<Arc<Report>>) -> Self {
        let graphs = reports.iter().map(|it| it.workspaces.iter().map(Graph::new).collect());
        let graphs = graphs.collect();
        let numbered = (0_u32..).zip(&reports);
        let mut locked: Vec<_> = numbered
            .flat_map(|(number, report)| {
                (0_u32..).zip(&report.packages).map(move |(package, _)| (number, package))
            })
            .collect();
        let mut portfolio = Self { reports, graphs, locked: Vec::new() };
        locked.sort_by_cached_key(|entry| {
            portfolio.locked_at(*entry).map(|it| (&it.package.name, &it.package.version))
        });
        portfolio.locked = locked;
        portfolio
    }

    /// The reports, in the order of teams and repositories.
    #[must_use]
    pub fn reports(&self) -> &[Arc<Report>] {
        &self.reports
    }

    fn locked_at(&self, (report, package): (u32, u32)) -> Option<Locked<'_>> {
        let number = report as usize;
        let report = self.reports.get(number)?;
        let package = report.packages.get(package as usize)?;
        Some(Locked { report: number, origin: &report.origin, package })
    }

    /// Every locked package, those of one name next to each other.
    pub fn names(&self) -> impl Iterator<Item = (&PackageName, Vec<Locked<'_>>)> {
        let name = |entry: &(u32, u32)| self.locked_at(*entry).map(|it| &it.package.name);
        self.locked.chunk_by(move |a, b| name(a) == name(b)).filter_map(move |same| {
            let name = name(same.first()?)?;
            Some((name, same.iter().filter_map(|entry| self.locked_at(*entry)).collect()))
        })
    }

    /// The packages of one name, by version.
    pub fn named(&self, name: &PackageName) -> impl Iterator<Item = Locked<'_>> {
        let of = |entry: &(u32, u32)| self.locked_at(*entry).map(|it| &it.package.name);
        let start = self.locked.partition_point(|entry| of(entry) < Some(name));
        let rest = self.locked.get(start..).unwrap_or_default().iter();
        rest.filter_map(|entry| self.locked_at(*entry))
            .take_while(move |it| it.package.name == *name)
    }

    /// Every locked package.
    pub(crate) fn all(&self) -> impl Iterator<Item = Locked<'_>> {
        self.locked.iter().filter_map(|entry| self.locked_at(*entry))
    }

    /// The workspaces of a report, by its number.
    pub(crate) fn workspaces(&self, report: usize) -> impl Iterator<Item = (&Workspace, &Graph)> {
        let workspaces = self.reports.get(report).map(|report| report.workspaces.as_slice());
        let graphs = self.graphs.get(report).map(Vec::as_slice);
        workspaces.unwrap_or_default().iter().zip(graphs.unwrap_or_default())
    }
}
