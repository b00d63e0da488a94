use super::{OverrideRecord, Report, Workspace};

/// Most packages, workspaces and overrides of a report: ten times what the largest public
/// repositories have. Their edges are bounded by the report's size.
const MOST_PACKAGES: usize = 200_000;
const MOST_WORKSPACES: usize = 20_000;
const MOST_OVERRIDES: usize = 50_000;
/// Most packages, summed over all workspaces.
const MOST_NODES: usize = 2_000_000;

/// Why the parts of a report do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A list is longer than it may be.
    #[error("there are more than {most} {what}")]
    TooMany {
        /// What the list holds.
        what: &'static str,
        /// How many it may hold.
        most: usize,
    },
    /// A list that is ordered, so that one content has one encoding, is not.
    #[error("{what} are not in ascending order, each once ({place})")]
    Order {
        /// What the list holds.
        what: &'static str,
        /// Whose list it is.
        place: String,
    },
    /// A number names something that is not there.
    #[error("a number of {what} names nothing ({place})")]
    Dangling {
        /// What kind of number.
        what: &'static str,
        /// Where.
        place: String,
    },
}

impl Report {
    pub(super) fn check(&self) -> Result<(), Flaw> {
        at_most("packages", self.packages.len(), MOST_PACKAGES)?;
        at_most("workspaces", self.workspaces.len(), MOST_WORKSPACES)?;
        at_most("overrides", self.overrides.len(), MOST_OVERRIDES)?;
        at_most("findings", self.findings.len(), MOST_OVERRIDES)?;
        let nodes = self.workspaces.iter().map(|workspace| workspace.nodes.len()).sum();
        at_most("locked packages", nodes, MOST_NODES)?;
        ascending("packages", &self.packages, || "the report".to_owned())?;
        let by_folder: Vec<_> = self.workspaces.iter().map(|it| &it.folder).collect();
        ascending("workspaces", &by_folder, || "the report".to_owned())?;
        let packages = self.packages.len();
        self.workspaces.iter().try_for_each(|workspace| check_workspace(workspace, packages))?;
        self.overrides.iter().try_for_each(|record| check_override(record, packages))
    }
}

fn check_workspace(workspace: &Workspace, packages: usize) -> Result<(), Flaw> {
    let place = || format!("workspace `{}`", workspace.folder);
    let nodes = workspace.nodes.len();
    numbers("packages", &workspace.nodes, packages, place)?;
    if workspace.edges.len() != nodes {
        return Err(Flaw::Dangling { what: "edges", place: place() });
    }
    for edges in &workspace.edges {
        numbers("edges", edges, nodes, place)?;
    }
    numbers("members", &workspace.members, nodes, place)?;
    ascending("binaries", &workspace.binaries, place)?;
    let homes = workspace.binaries.iter().map(|binary| binary.node);
    in_range("binaries", homes, nodes, place)
}

fn check_override(record: &OverrideRecord, packages: usize) -> Result<(), Flaw> {
    numbers("overrides", &record.locked, packages, || format!("{}:{}", record.path, record.line))
}

const fn at_most(what: &'static str, count: usize, most: usize) -> Result<(), Flaw> {
    if count > most { Err(Flaw::TooMany { what, most }) } else { Ok(()) }
}

fn ascending<T: Ord>(
    what: &'static str,
    list: &[T],
    place: impl Fn() -> String,
) -> Result<(), Flaw> {
    let sorted = list.is_sorted_by(|a, b| a < b);
    if sorted { Ok(()) } else { Err(Flaw::Order { what, place: place() }) }
}

/// Ascending, and below `end`.
fn numbers(
    what: &'static str,
    list: &[u32],
    end: usize,
    place: impl Fn() -> String,
) -> Result<(), Flaw> {
    ascending(what, list, &place)?;
    in_range(what, list.last().copied(), end, place)
}

fn in_range(
    what: &'static str,
    numbers: impl IntoIterator<Item = u32>,
    end: usize,
    place: impl Fn() -> String,
) -> Result<(), Flaw> {
    let good = numbers.into_iter().all(|number| (number as usize) < end);
    if good { Ok(()) } else { Err(Flaw::Dangling { what, place: place() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, report};

    fn flaw(change: impl FnOnce(&mut Report)) -> Option<Flaw> {
        let drawn = Drawn::new("shop").package("app", "0.1.0").package("shared", "1.2.0");
        let mut report = report("payments", drawn.edge("app", "shared").binary("app", "app"));
        assert_eq!(report.check(), Ok(()));
        change(&mut report);
        report.check().err()
    }

    #[test]
    fn a_number_that_names_nothing_is_found_wherever_it_stands() {
        let dangling = |change: fn(&mut Report)| {
            assert!(matches!(flaw(change), Some(Flaw::Dangling { .. })));
        };
        dangling(|report| report.workspaces[0].nodes[1] = 2);
        dangling(|report| report.workspaces[0].edges[0] = vec![2]);
        dangling(|report| report.workspaces[0].edges.truncate(1));
        dangling(|report| report.workspaces[0].members = vec![7]);
        dangling(|report| report.workspaces[0].binaries[0].node = u32::MAX);
    }

    #[test]
    fn what_is_not_in_order_has_no_encoding() {
        let disordered = |change: fn(&mut Report)| {
            assert!(matches!(flaw(change), Some(Flaw::Order { .. })));
        };
        disordered(|report| report.packages.reverse());
        disordered(|report| report.packages[1] = report.packages[0].clone());
        disordered(|report| report.workspaces[0].nodes.reverse());
        disordered(|report| report.workspaces.push(report.workspaces[0].clone()));
    }
}
