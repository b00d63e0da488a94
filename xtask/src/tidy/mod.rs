//! `cargo xtask tidy`: the rules of the house that no compiler checks.

mod code;
mod house;
mod imports;
mod manifest;
mod map;
mod migrations;
mod problem;
mod rust_source;
mod text;
mod tree;

use std::path::Path;

use manifest::Workspace;
use problem::Problem;
use tree::Tree;

use crate::say;

/// Checks the tree at `root` and prints everything that is wrong, not only the first.
///
/// # Errors
/// When anything but a warning was found, or when the tree cannot be read.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let tree = Tree::read(root)?;
    let problems = check(&tree)?;
    for problem in &problems {
        say::result(problem);
    }
    let errors = problems.iter().filter(|problem| !problem.warning).count();
    anyhow::ensure!(errors == 0, "tidy found {errors} to repair");
    Ok(())
}

fn check(tree: &Tree) -> anyhow::Result<Vec<Problem>> {
    let workspace = Workspace::read(tree)?;
    let mut problems = imports::check(tree, &workspace);
    problems.extend(map::check(tree, &workspace));
    problems.extend(migrations::check(tree));
    problems.extend(code::check(tree));
    problems.extend(text::check(tree));
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_rule_is_reported_in_one_run() {
        let root = tempfile::tempdir().unwrap();
        let host = ["static.", "crates.io"].concat();
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = ['model']".to_owned()),
            (
                "model/Cargo.toml",
                "[package]\nname = 'depaudit-model'\n[dependencies]\ntokio = '1'".to_owned(),
            ),
            ("model/src/lib.rs", "use std::fs;\nfn f() { todo!() }\n".to_owned()),
            ("migrations/sqlite/0002_events.sql", String::new()),
            ("README.md", format!("{host}\n")),
        ];
        for (path, text) in files {
            let whole = root.path().join(path);
            std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
            std::fs::write(whole, text).unwrap();
        }
        let tree = Tree::read(root.path()).unwrap();
        let found: Vec<_> = check(&tree).unwrap();
        let places: Vec<_> = found.iter().map(|it| (it.file.as_str(), it.line)).collect();
        assert_eq!(
            places,
            [
                ("ARCHITECTURE.md", 1),
                ("README.md", 1),
                ("migrations/sqlite/0002_events.sql", 1),
                ("model/Cargo.toml", 4),
                ("model/src/lib.rs", 1),
                ("model/src/lib.rs", 2),
            ]
        );
        assert!(run(root.path()).is_err());
    }
}
