use depaudit_portfolio::question::{Blast, Step, WorkspaceHit};

use super::super::chart::{Graph, Leaf};
use super::super::table::{Cell, Cut, Table};

/// How many workspaces a picture shows before nobody can read it.
const DRAWN: usize = 16;
/// How many rows the table has.
const ROWS: usize = 300;

/// From what was sought to the binaries, by the shortest ways.
pub(super) fn picture(blast: &Blast) -> (Graph, usize) {
    let drawn = blast.workspaces.iter().take(DRAWN);
    let leaves: Vec<_> = drawn.flat_map(|it| leaves(blast, it)).collect();
    let title = format!(
        "The shortest ways from {} to the binaries of {} workspaces; the table has them in words",
        blast.sought, blast.totals.workspaces
    );
    (Graph::new(title, &leaves), blast.workspaces.len().saturating_sub(DRAWN))
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
    way.extend(path.iter().rev().skip(1).map(|step| format!("{} {}", step.name, step.version)));
    way.extend(binary);
    way
}

pub(super) fn table(blast: &Blast) -> Table {
    let rows: Vec<_> = blast.workspaces.iter().take(ROWS).map(row).collect();
    let of = blast.workspaces.len();
    let cut = (rows.len() < of).then_some(Cut { first: 1, last: rows.len(), of, next: None });
    Table {
        name: "Who is hit",
        columns: vec!["Team", "Repository", "Workspace", "Binaries", "A shortest way"],
        rows,
        cut,
    }
}

fn row(hit: &WorkspaceHit) -> Vec<Cell> {
    let binaries: Vec<_> = hit.binaries.iter().map(|it| it.name.to_string()).collect();
    let path: Vec<_> = hit.path.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    vec![
        Cell::new(&hit.team),
        Cell::new(&hit.repository),
        Cell::new(&hit.folder),
        Cell::new(binaries.join(", ")),
        Cell::new(path.join(" → ")),
    ]
}
