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
    assert_eq!(blast.totals.to_string(), "1 team, 1 repository, 1 workspace, 1 binary");
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

const MIRROR: &str = "sparse+https://mirror.example/index/";

fn compared(changed: usize) -> crate::report::Comparison {
    let digest = |bytes: &[u8]| depaudit_model::Checksum::of(bytes).to_string();
    let text = serde_json::json!({"version": "1.2.0-b1", "outcome": {"compared": {
        "release": "1.2.0", "prose_only": false,
        "release_sha256": digest(b"r"), "content_sha256": digest(b"c"),
        "totals": {"added": 0, "removed": 0, "changed": changed, "lines_added": 0, "lines_removed": 0},
    }}});
    serde_json::from_value(text).unwrap()
}

#[test]
fn a_mirrors_copy_under_a_number_of_its_own_may_hold_what_fell_and_is_told_apart_with_the_reason() {
    let app = |repository| Drawn::new(repository).package("app", "0.1.0").binary("appd", "app");
    let mirrored =
        app("pay").registry("shared", "1.2.0-acme.1", MIRROR).patched(MIRROR).edge("app", "shared");
    let fork = |changed| {
        let url = "https://git.example/shared";
        let mut fork =
            app("fork").git("shared", "1.2.0-b1", url).patched(url).edge("app", "shared");
        fork.overrides[0].compared = vec![compared(changed)];
        fork
    };
    let portfolio = portfolio([
        ("payments", app("web").package("shared", "1.2.0").edge("app", "shared")),
        ("mobile", mirrored),
        ("search", fork(2)),
        ("media", fork(0)),
        // The author's own, before the release; and what only begins with the same digits.
        ("early", app("a").package("shared", "1.2.0-rc.1").edge("app", "shared")),
        ("other", app("b").registry("shared", "1.2.1-acme.1", MIRROR).edge("app", "shared")),
    ]);
    let blast = blast_radius(&portfolio, &"shared@1.2.0".parse().unwrap());
    assert_eq!((blast.totals.teams, blast.totals.binaries), (1, 1));
    let told: Vec<_> =
        blast.may_hold.copies.iter().map(|it| (it.reason, it.why.as_str())).collect();
    let expected = [
        (Suspicion::SameFiles, "its files are those of 1.2.0"),
        (Suspicion::ChangedFiles, "it is 1.2.0 with changes: 0 added, 2 changed, 0 removed"),
        (
            Suspicion::Number,
            "its number says that it is made from 1.2.0; its files were not compared with that",
        ),
    ];
    assert_eq!(told, expected);
    let expected = BlastTotals { teams: 3, repositories: 3, workspaces: 3, binaries: 3 };
    assert_eq!(blast.may_hold.totals, expected);
    let path = &blast.may_hold.workspaces[1].path;
    assert_eq!(path.last().unwrap().version.to_string(), "1.2.0-acme.1");
    // Where every version is sought, each of them is told for sure.
    assert_eq!(blast_radius(&portfolio, &"shared".parse().unwrap()).may_hold, MayHold::default());
    let own = blast_radius(&portfolio, &"shared@1.2.0-acme.1".parse().unwrap());
    assert_eq!((own.totals.teams, own.may_hold), (1, MayHold::default()));
}

#[test]
fn of_bytes_every_other_thing_of_the_same_name_and_number_may_be_a_copy() {
    let app = |repository| Drawn::new(repository).package("app", "0.1.0").edge("app", "shared");
    let portfolio = portfolio([
        ("payments", app("pay").checked("shared", "1.2.0", "bytes")),
        ("search", app("find").git("shared", "1.2.0", "https://git.example/shared")),
        ("web", app("site").checked("shared", "1.3.0", "others")),
    ]);
    let digest = depaudit_model::Checksum::of(b"bytes").to_string();
    let blast = blast_radius(&portfolio, &digest.parse().unwrap());
    assert_eq!(blast.totals.teams, 1);
    let [copy] = blast.may_hold.copies.as_slice() else { panic!("{:?}", blast.may_hold) };
    let teams: Vec<_> = copy.teams.iter().map(TeamId::as_str).collect();
    assert_eq!((copy.reason, teams), (Suspicion::OtherBytes, vec!["search"]));
}

#[test]
fn very_many_binaries_far_away_are_counted_and_their_ways_are_told_as_far_as_an_answer_goes() {
    let chain = (0..1_000)
        .fold(Drawn::new("shop"), |it, number| it.package(&format!("p{number:03}"), "1.0.0"));
    let mut report = report("payments", chain);
    let workspace = &mut report.workspaces[0];
    workspace.edges =
        (1..=1_000).map(|next| Vec::from_iter((next < 1_000).then_some(next))).collect();
    workspace.members = vec![0];
    let binary = |number| Binary { name: format!("b{number:04}").parse().unwrap(), node: 0 };
    workspace.binaries = (0..2_000).map(binary).collect();
    let portfolio = Portfolio::new([Arc::new(report)]);
    let blast = blast_radius(&portfolio, &"p999@1.0.0".parse().unwrap());
    assert_eq!(blast.totals.binaries, 2_000);
    let workspace = &blast.workspaces[0];
    let steps: usize = workspace.binaries.iter().map(|it| it.path.len()).sum();
    assert_eq!((workspace.path.len(), steps), (1_000, MOST_STEPS));
}

#[test]
fn the_places_of_packages_are_the_same_whichever_list_is_walked() {
    let drawn = Drawn::new("shop").package("a", "1.0.0").package("b", "1.0.0");
    let mut workspace = report("payments", drawn).workspaces.remove(0);
    workspace.nodes = vec![3, 5, 8];
    assert_eq!(places_of(&[5, 6], &workspace), [1]);
    assert_eq!(places_of(&[1, 3, 4, 6, 8, 9], &workspace), [0, 2]);
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
