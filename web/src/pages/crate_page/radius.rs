use depaudit_portfolio::question::{Blast, MayBeCopy, ReceivedHit, Step, WorkspaceHit};

use super::super::chart::{Graph, Leaf};
use super::super::frame::Site;
use super::super::table::{Cell, Table};

/// How many ways a picture shows, and how many packages of each, before nobody can read it.
const DRAWN: usize = 24;
const STEPS: usize = 5;

/// From what was sought to the binaries, by the shortest ways; and how many ways it leaves out.
pub(super) fn picture(blast: &Blast) -> (Graph, usize) {
    let all = blast.workspaces.iter().flat_map(|it| leaves(blast, it));
    let drawn: Vec<_> = all.take(DRAWN).collect();
    let ways: usize = blast.workspaces.iter().map(|it| it.binaries.len().max(1)).sum();
    let title = format!(
        "The shortest ways from {} to the binaries of {} workspaces; the table has them in words",
        blast.sought, blast.totals.workspaces
    );
    (Graph::new(title, &drawn), ways.saturating_sub(DRAWN))
}

fn leaves<'b>(blast: &'b Blast, hit: &'b WorkspaceHit) -> impl Iterator<Item = Leaf> + 'b {
    let whose = format!("{}: {}", hit.team, hit.repository);
    let library =
        hit.binaries.is_empty().then(|| Leaf { way: way(blast, &hit.path, &whose, None) });
    let binaries = hit.binaries.iter().map(move |binary| {
        let name = format!("{} (binary)", binary.name);
        Leaf { way: way(blast, &binary.path, &whose, Some(name)) }
    });
    library.into_iter().chain(binaries)
}

/// Turned round: what falls stands at the left. The team comes early, so that nobody's own packages
/// are drawn together with somebody else's of the same name.
fn way(blast: &Blast, path: &[Step], whose: &str, binary: Option<String>) -> Vec<String> {
    let version = path.last().map(|last| format!("{} {}", last.name, last.version));
    let mut way = vec![blast.sought.clone()];
    way.extend(version.filter(|version| *version != blast.sought));
    way.push(whose.to_owned());
    let between: Vec<_> = path.iter().rev().skip(1).collect();
    let left_out = between.len().saturating_sub(STEPS);
    let named = |step: &&Step| format!("{} {}", step.name, step.version);
    // The packages next to what falls and the team's own tell more than those in the middle.
    way.extend(between.iter().take(STEPS / 2).map(named));
    way.extend((left_out > 0).then(|| format!("{left_out} more packages")));
    way.extend(between.iter().skip(STEPS / 2 + left_out).map(named));
    way.extend(binary);
    way
}

pub(in super::super) fn table(site: &Site, blast: &Blast) -> Table {
    let columns = vec!["Team", "Repository", "Workspace", "Binaries", "A shortest way"];
    Table::brief("Who is hit", columns, &blast.workspaces, |hit| row(site, hit))
}

/// What may be made from it, and why.
pub(super) fn may_hold(site: &Site, blast: &Blast) -> Table {
    let cells = |it: &MayBeCopy| {
        let path = site.path(["crate", it.name.as_str(), &it.version.to_string()]);
        vec![
            Cell::linked(&it.version, path),
            Cell::teams(site, &it.teams),
            Cell::new(&it.why),
            Cell::new(&it.identity),
        ]
    };
    let columns = vec!["Version", "Teams", "Why", "What it is"];
    let may = &blast.may_hold;
    let mut table = Table::brief("Who may hold it", columns, &may.copies, cells);
    if let Some(cut) = &mut table.cut {
        cut.of += may.copies_left_out;
    }
    table
}

/// How many of these are shown: the JSON has them all, and a page has other tables.
const RECEIVED: usize = 50;

/// Who received it and never reported, the latest first.
pub(super) fn received(blast: &Blast) -> Table {
    let mut hits: Vec<_> = blast.received.iter().collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.last));
    hits.truncate(RECEIVED);
    let cells =
        |it: &&ReceivedHit| vec![Cell::new(&it.team), Cell::new(&it.version), Cell::new(it.last)];
    let columns = vec!["Team", "Version", "Last download"];
    Table::of("Received, not known whether locked", columns, &hits, 0, cells, |_| None)
}

fn row(site: &Site, hit: &WorkspaceHit) -> Vec<Cell> {
    let binaries: Vec<_> = hit.binaries.iter().map(|it| it.name.to_string()).collect();
    let path: Vec<_> = hit.path.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    vec![
        Cell::team(site, &hit.team),
        Cell::new(&hit.repository),
        Cell::folder(&hit.folder),
        Cell::new(binaries.join(", ")),
        Cell::new(path.join(" → ")),
    ]
}

#[cfg(test)]
mod tests {
    use askama::Template as _;
    use depaudit_portfolio::question::{BinaryHit, BlastTotals, MayHold};

    use super::*;

    fn step(name: &str) -> Step {
        Step { name: name.parse().unwrap(), version: semver::Version::new(1, 0, 0) }
    }

    /// A workspace with many binaries, each far away from what falls.
    fn deep(binaries: usize) -> Blast {
        let far: Vec<_> = (0..1_000).map(|place| step(&format!("package-{place}"))).collect();
        let binary = |one: usize| BinaryHit {
            name: format!("binary-{one}").parse().unwrap(),
            path: far.clone(),
        };
        let hit = WorkspaceHit {
            team: "payments".parse().unwrap(),
            repository: "acme/shop".parse().unwrap(),
            branch: "main".parse().unwrap(),
            folder: ".".parse().unwrap(),
            path: far.clone(),
            binaries: (0..binaries).map(binary).collect(),
        };
        Blast {
            sought: "package-999".to_owned(),
            totals: BlastTotals { teams: 1, repositories: 1, workspaces: 1, binaries },
            releases: Vec::new(),
            teams: Vec::new(),
            workspaces: vec![hit],
            may_hold: MayHold::default(),
            received: Vec::new(),
        }
    }

    #[test]
    fn a_picture_stays_readable_and_says_what_it_leaves_out() {
        let (picture, not_drawn) = picture(&deep(2_000));
        let svg = picture.render().unwrap();
        assert_eq!(not_drawn, 2_000 - DRAWN);
        assert!(svg.contains("994 more packages"), "{svg}");
        assert!(svg.contains(">package-998 1.0.0<") && svg.contains(">package-0 1.0.0<"), "{svg}");
        assert!(svg.len() < 50_000, "{}", svg.len());
        let site = Site::at("https://h.example".parse().unwrap());
        let table = table(&site, &deep(2_000)).render().unwrap();
        assert!(table.len() < 10_000, "{}", table.len());
    }
}
