use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::report::{Binary, Package, Source};
use crate::testing::{Drawn, portfolio, report};

#[test]
fn the_way_to_the_guilty_package_is_told_for_each_binary() {
    let far = Drawn::new("pay")
        .package("app", "0.1.0")
        .package("middle", "1.0.0")
        .package("shared", "1.2.0")
        .edge("app", "middle")
        .edge("middle", "shared")
        .binary("payd", "app");
    let spared = Drawn::new("site").package("app", "0.1.0").package("shared", "1.3.0");
    let portfolio = portfolio([("payments", far), ("web", spared.edge("app", "shared"))]);
    let of = |sought: &str| blast_radius(&portfolio, &sought.parse().unwrap());
    let blast = of("shared@1.2.0");
    let expected = BlastTotals { teams: 1, repositories: 1, workspaces: 1, binaries: 1 };
    assert_eq!(blast.totals, expected);
    let binary = &blast.workspaces[0].binaries[0];
    let names: Vec<_> = binary.path.iter().map(|step| step.name.as_str()).collect();
    assert_eq!((binary.name.as_str(), names), ("payd", vec!["app", "middle", "shared"]));
    assert_eq!(of("shared").totals.teams, 2);
    assert_eq!(of("nothing").totals, BlastTotals::default());
}

#[test]
fn a_package_that_nobody_reaches_and_one_that_was_replaced_hit_nobody() {
    let mut drawn = Drawn::new("pay").package("app", "0.1.0").package("left", "1.0.0");
    drawn = drawn.package("gone", "1.0.0").edge("app", "gone");
    drawn.packages.last_mut().unwrap().replaced = true;
    let portfolio = portfolio([("payments", drawn)]);
    for sought in ["left", "gone"] {
        let blast = blast_radius(&portfolio, &sought.parse().unwrap());
        assert_eq!(blast.totals, BlastTotals::default(), "{sought}");
    }
}

#[test]
fn a_digest_finds_the_bytes_whatever_they_are_called() {
    let drawn = |name| Drawn::new("pay").package("app", "0.1.0").checked(name, "1.0.0", "bytes");
    let portfolio = portfolio([
        ("payments", drawn("shared").edge("app", "shared")),
        ("web", drawn("renamed").edge("app", "renamed")),
    ]);
    let digest = depaudit_model::Checksum::of(b"bytes").to_string();
    assert_eq!(blast_radius(&portfolio, &digest.parse().unwrap()).totals.teams, 2);
}

/// A graph as a matrix: `true` where the row depends on the column.
#[derive(Debug, Clone)]
struct Random {
    size: usize,
    edges: Vec<(usize, usize)>,
    members: Vec<bool>,
    sought: usize,
}

fn random() -> impl Strategy<Value = Random> {
    (2_usize..24).prop_flat_map(|size| {
        let edges = proptest::collection::vec((0..size, 0..size), 0..size * 3);
        let members = proptest::collection::vec(any::<bool>(), size);
        (edges, members, 0..size).prop_map(move |(edges, members, sought)| Random {
            size,
            edges,
            members,
            sought,
        })
    })
}

impl Random {
    /// Two packages in three share a name, so that one name means several nodes.
    fn name(&self, node: usize) -> String {
        format!("p{}", node / 3)
    }

    fn report(&self) -> Report {
        let mut report = report("payments", Drawn::new("shop"));
        let package = |node: usize| Package {
            name: self.name(node).parse().unwrap(),
            version: Version::new(1, 0, node as u64),
            source: if self.members[node] { Source::Folder } else { Source::CratesIo },
            checksum: None,
            stand_in: None,
            replaced: false,
        };
        report.packages = (0..self.size).map(package).collect();
        report.packages.sort();
        let place = |node: usize| {
            let place = report.packages.binary_search(&package(node)).unwrap();
            u32::try_from(place).unwrap()
        };
        let workspace = &mut report.workspaces[0];
        workspace.nodes = (0..u32::try_from(self.size).unwrap()).collect();
        workspace.edges = vec![Vec::new(); self.size];
        for (from, to) in &self.edges {
            workspace.edges[place(*from) as usize].push(place(*to));
        }
        for edges in &mut workspace.edges {
            edges.sort_unstable();
            edges.dedup();
        }
        let members = (0..self.size).filter(|node| self.members[*node]);
        workspace.members = members.map(place).collect();
        workspace.members.sort_unstable();
        let binary = |node: &u32| Binary { name: format!("b{node}").parse().unwrap(), node: *node };
        workspace.binaries = workspace.members.iter().map(binary).collect();
        workspace.binaries.sort();
        crate::report::EncodedReport::new(report).unwrap().into_report()
    }

    /// The fewest edges between any two nodes, by the plainest way there is.
    fn distances(&self) -> Vec<Vec<Option<usize>>> {
        let mut known = vec![vec![None; self.size]; self.size];
        for (node, row) in known.iter_mut().enumerate() {
            row[node] = Some(0);
        }
        for _ in 0..self.size {
            for (from, to) in &self.edges {
                for end in 0..self.size {
                    let through = known[*to][end].map(|rest| rest + 1);
                    let better = match (through, known[*from][end]) {
                        (Some(through), Some(known)) => through < known,
                        (Some(_), None) => true,
                        (None, _) => false,
                    };
                    if better {
                        known[*from][end] = through;
                    }
                }
            }
        }
        known
    }

    /// How far a node is from any package of the sought name.
    fn distance(&self, known: &[Vec<Option<usize>>], node: usize) -> Option<usize> {
        let same_name = |end: &usize| self.name(*end) == self.name(self.sought);
        (0..self.size).filter(same_name).filter_map(|end| known[node][end]).min()
    }

    fn check_path(&self, path: &[Step]) {
        let node = |step: &Step| usize::try_from(step.version.patch).unwrap();
        for pair in path.windows(2) {
            assert!(self.edges.contains(&(node(&pair[0]), node(&pair[1]))), "{path:?}");
        }
        assert_eq!(self.name(node(path.last().unwrap())), self.name(self.sought));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_shortest_ways_are_those_of_a_plain_recomputation(graph in random()) {
        let portfolio = Portfolio::new([Arc::new(graph.report())]);
        let sought = Sought::Package(graph.name(graph.sought).parse().unwrap());
        let blast = blast_radius(&portfolio, &sought);
        let known = graph.distances();
        let members = (0..graph.size).filter(|node| graph.members[*node]);
        let reaching: BTreeMap<usize, usize> =
            members.filter_map(|node| Some((node, graph.distance(&known, node)?))).collect();
        let nearest = reaching.values().min().copied();
        prop_assert_eq!(blast.totals.workspaces, usize::from(nearest.is_some()));
        prop_assert_eq!(blast.totals.binaries, reaching.len());
        if let Some(workspace) = blast.workspaces.first() {
            prop_assert_eq!(Some(workspace.path.len() - 1), nearest);
            graph.check_path(&workspace.path);
            for binary in &workspace.binaries {
                let start = usize::try_from(binary.path[0].version.patch).unwrap();
                prop_assert_eq!(Some(&(binary.path.len() - 1)), reaching.get(&start));
                graph.check_path(&binary.path);
            }
        }
    }
}
