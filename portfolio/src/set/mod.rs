//! Many reports, indexed once.

mod branch;
mod downloads;
mod graph;
mod history;
mod speaking;

pub use downloads::Download;
pub(crate) use downloads::Downloaded;
pub(crate) use graph::{Graph, Reached};
pub use history::History;
pub(crate) use speaking::Speaking;

use std::collections::HashMap;
use std::sync::Arc;

use semver::Version;

use crate::report::{Origin, Package, PackageName, Report, Workspace};

/// The reports that count, one for each repository, with what the questions look up.
#[derive(Debug)]
pub struct Portfolio {
    reports: Vec<Arc<Report>>,
    /// For each report the graph of each workspace.
    graphs: Vec<Arc<[Graph]>>,
    /// The teams in whose place downloads stand, numbered on after the reports.
    received: Vec<Arc<Downloaded>>,
    /// Every package of every report and what stands in for one, by name and version; of one version in
    /// the order of teams.
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
    /// Whether no lock is known: the team has never reported, and downloaded this.
    pub received: bool,
}

impl Locked<'_> {
    /// What makes it the same bytes, in words that no other repository's package has by chance.
    pub(crate) fn identity(&self) -> String {
        let Self { origin, package, .. } = self;
        if package.is_own_folder() || package.stand_in.is_some() {
            // Two repositories' folders are never one, however they are called.
            return format!("{} of {}/{}", package.identity(), origin.team, origin.repository);
        }
        package.identity().to_string()
    }
}

impl Portfolio {
    /// Takes reports in any order, and keeps one for each repository of each team: the newest of its
    /// main branch, or where it reports none, the newest at all.
    #[must_use]
    pub fn new(reports: impl IntoIterator<Item = Arc<Report>>) -> Self {
        let mut speaking = Speaking::default();
        reports.into_iter().for_each(|report| speaking.hear(&report));
        Self::index(&speaking, None)
    }

    /// Indexes reports. What an earlier portfolio knows of the same ones is taken from there, so that
    /// another report costs its own reading.
    pub(crate) fn index(speaking: &Speaking, earlier: Option<&Self>) -> Self {
        let reports: Vec<_> = speaking.reports().cloned().collect();
        let numbers = (0_u32..).zip(&reports).map(|(number, it)| (Arc::as_ptr(it), number));
        let numbers: HashMap<_, u32> = numbers.collect();
        // Where each report of the earlier portfolio stands now.
        let moved: Vec<_> = earlier.map_or_else(Vec::new, |earlier| {
            earlier.reports.iter().map(|it| numbers.get(&Arc::as_ptr(it)).copied()).collect()
        });
        let mut graphs: Vec<Option<Arc<[Graph]>>> = vec![None; reports.len()];
        let mut locked = Vec::new();
        if let Some(earlier) = earlier {
            for (now, known) in moved.iter().zip(&earlier.graphs) {
                if let Some(place) = now.and_then(|now| graphs.get_mut(now as usize)) {
                    *place = Some(Arc::clone(known));
                }
            }
            let now = |(report, package): &(u32, u32)| {
                let report = moved.get(*report as usize).copied().flatten()?;
                Some((report, *package))
            };
            locked.extend(earlier.locked.iter().filter_map(now));
        }
        let unknown = (0_u32..).zip(&reports).zip(&graphs).filter(|(_, known)| known.is_none());
        for ((number, report), _) in unknown {
            locked.extend((0_u32..).zip(&report.packages).map(|(package, _)| (number, package)));
        }
        let made = reports.iter().zip(graphs).map(|(report, known)| {
            known.unwrap_or_else(|| report.workspaces.iter().map(Graph::new).collect())
        });
        let graphs = made.collect();
        Self { reports, graphs, received: Vec::new(), locked }.sorted()
    }

    /// The same, with others in whose place downloads stand.
    fn with_received(&self, received: Vec<Arc<Downloaded>>) -> Self {
        let (reports, graphs) = (self.reports.clone(), self.graphs.clone());
        let reported = |entry: &&(u32, u32)| (entry.0 as usize) < reports.len();
        let mut locked: Vec<_> = self.locked.iter().filter(reported).copied().collect();
        for (number, it) in (0_u32..).skip(reports.len()).zip(&received) {
            locked.extend(it.standing.iter().map(|package| (number, *package)));
        }
        Self { reports, graphs, received, locked }.sorted()
    }

    /// Stable, as it goes fast where long parts are in order: what was known, and each new report.
    fn sorted(mut self) -> Self {
        let mut locked = std::mem::take(&mut self.locked);
        locked.sort_by(|a, b| self.order(*a).cmp(&self.order(*b)));
        Self { locked, ..self }
    }

    fn order(&self, entry: (u32, u32)) -> Option<(&PackageName, &Version, (u32, u32))> {
        self.locked_at(entry).map(|it| (&it.package.name, &it.package.version, entry))
    }

    /// The reports, in the order of teams and repositories.
    #[must_use]
    pub fn reports(&self) -> &[Arc<Report>] {
        &self.reports
    }

    fn locked_at(&self, (report, package): (u32, u32)) -> Option<Locked<'_>> {
        let number = report as usize;
        let (origin, packages, received) = match self.reports.get(number) {
            Some(report) => (&report.origin, &report.packages, false),
            None => {
                let it = self.received.get(number.checked_sub(self.reports.len())?)?;
                (&it.origin, &it.packages, true)
            }
        };
        let package = packages.get(package as usize)?;
        Some(Locked { report: number, origin, package, received })
    }

    /// Every locked package and what stands in for one, those of one name next to each other.
    pub fn names(&self) -> impl Iterator<Item = (&PackageName, Vec<Locked<'_>>)> {
        let name = |entry: &(u32, u32)| self.locked_at(*entry).map(|it| &it.package.name);
        self.locked.chunk_by(move |a, b| name(a) == name(b)).filter_map(move |same| {
            let name = name(same.first()?)?;
            Some((name, same.iter().filter_map(|entry| self.locked_at(*entry)).collect()))
        })
    }

    /// The locked packages of one name, by version.
    pub fn named(&self, name: &PackageName) -> impl Iterator<Item = Locked<'_>> {
        let of = |entry: &(u32, u32)| self.locked_at(*entry).map(|it| &it.package.name);
        let start = self.locked.partition_point(|entry| of(entry) < Some(name));
        let rest = self.locked.get(start..).unwrap_or_default().iter();
        rest.filter_map(|entry| self.locked_at(*entry))
            .take_while(move |it| it.package.name == *name)
            .filter(|it| !it.received)
    }

    /// How a package is called in the locks: as it is asked for, or else in other case, or with `-` for `_`.
    pub(crate) fn spelling_of<'p>(&'p self, name: &'p PackageName) -> Option<&'p PackageName> {
        if self.named(name).next().is_some() {
            return Some(name);
        }
        let same = |a: u8, b: u8| {
            a.eq_ignore_ascii_case(&b) || matches!((a, b), (b'-', b'_') | (b'_', b'-'))
        };
        let mut locked = self.locked.iter().filter_map(|it| self.locked_at(*it));
        let found = locked.find(|it| {
            let (locked, wanted) = (it.package.name.as_str().bytes(), name.as_str().bytes());
            locked.len() == wanted.len() && locked.zip(wanted).all(|(a, b)| same(a, b))
        });
        found.map(|it| &it.package.name)
    }

    /// Every locked package.
    pub(crate) fn all(&self) -> impl Iterator<Item = Locked<'_>> {
        self.locked.iter().filter_map(|entry| self.locked_at(*entry)).filter(|it| !it.received)
    }

    /// The workspaces of a report, by its number.
    pub(crate) fn workspaces(&self, report: usize) -> impl Iterator<Item = (&Workspace, &Graph)> {
        let workspaces = self.reports.get(report).map(|report| report.workspaces.as_slice());
        let graphs = self.graphs.get(report).map(|graphs| &**graphs);
        workspaces.unwrap_or_default().iter().zip(graphs.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, report};

    fn of(team: &str, packages: &[(&str, &str)]) -> Arc<Report> {
        let drawn = packages
            .iter()
            .fold(Drawn::new("shop"), |it, (name, version)| it.package(name, version));
        Arc::new(report(team, drawn))
    }

    #[test]
    fn an_index_that_follows_another_is_the_one_that_is_made_anew() {
        let old = of("m", &[("app", "0.1.0"), ("a", "1.0.0"), ("c", "1.0.0"), ("c", "2.0.0")]);
        let other = of("t", &[("app", "0.1.0"), ("b", "1.0.0"), ("c", "1.0.0")]);
        let mut new = Report::clone(&of("m", &[("app", "0.2.0"), ("c", "1.0.0"), ("d", "1.0.0")]));
        new.time = "2026-02-01T00:00:00Z".parse().unwrap();
        let new = Arc::new(new);
        // One that comes before all others, so that each of them gets another number.
        let first = of("a", &[("c", "1.0.0"), ("z", "1.0.0")]);
        let mut known = History::default().now();
        let steps =
            [vec![&old, &other], vec![&old, &other, &new], vec![&new, &first], vec![&other]];
        for reports in steps {
            let history = History::new(reports.into_iter().cloned());
            let (anew, follows) = (history.now(), history.now_after(&known));
            assert_eq!(follows.locked, anew.locked);
            let names: Vec<_> = follows.all().map(|it| (&it.package.name, it.origin)).collect();
            assert!(names.is_sorted_by_key(|it| it.0), "{names:?}");
            let graphs = |it: &Portfolio| format!("{:?}", it.graphs);
            assert_eq!(graphs(&follows), graphs(&anew));
            known = follows;
        }
    }
}
