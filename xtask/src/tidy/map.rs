//! The map names every room.

use super::manifest::Workspace;
use super::problem::Problem;
use super::tree::Tree;

const MAP: &str = "ARCHITECTURE.md";

/// Checks that the map speaks of every member, by its folder and a slash.
pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Problem> {
    let map = tree.file(MAP).map_or("", |file| file.text.as_str());
    let unnamed = workspace.members.iter().filter(|(folder, _)| !names(map, folder));
    unnamed
        .map(|(folder, _)| {
            Problem::new(
                MAP,
                1,
                format!("the room {folder}/ is not on the map"),
                "who looks for code starts there",
                "say in a sentence what it is for and what it refuses",
            )
        })
        .collect()
}

fn names(map: &str, folder: &str) -> bool {
    map.match_indices(folder).any(|(at, found)| {
        let before = map.get(..at).and_then(|start| start.chars().next_back());
        let after = map.get(at + found.len()..).unwrap_or_default();
        after.starts_with('/')
            && !before.is_some_and(|letter| letter.is_alphanumeric() || "-_/".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_on_the_map_by_its_own_name() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\nmembers = ['model', 'web']"),
            (MAP, "`model/` holds the words. `cobweb/` and other/web/ are something else."),
        ]);
        let found = check(&tree, &Workspace::read(&tree).unwrap());
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("ARCHITECTURE.md:1: the room web/ is not"));
    }

    #[test]
    fn without_a_map_every_member_is_missing() {
        let tree = Tree::of(&[("Cargo.toml", "[workspace]\nmembers = ['model', 'web']")]);
        assert_eq!(check(&tree, &Workspace::read(&tree).unwrap()).len(), 2);
    }
}
