//! Migrations: numbered without gaps, and the same steps for every database.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problem;
use super::tree::Tree;

/// Checks the files under `migrations/`, one folder for each database.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut databases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in tree.files() {
        let Some(rest) = file.path.strip_prefix("migrations/") else { continue };
        match rest.split_once('/') {
            Some((database, name)) if number(name).is_some() => {
                databases.entry(database).or_default().insert(name);
            }
            _ => problems.push(Problem::new(
                &file.path,
                1,
                "this is no migration",
                "the folder holds numbered SQL and nothing else",
                "name it migrations/DATABASE/NNNN_what_it_does.sql, or move it",
            )),
        }
    }
    for (database, names) in &databases {
        for (expected, name) in (1..).zip(names) {
            if number(name) != Some(expected) {
                problems.push(Problem::new(
                    &format!("migrations/{database}/{name}"),
                    1,
                    format!("number {expected:04} should stand here"),
                    "a gap or a repeat means that two histories were mixed",
                    "number the newer migrations anew, in the order in which they apply",
                ));
                break;
            }
        }
    }
    let all: BTreeSet<_> = databases.values().flatten().copied().collect();
    for (database, names) in &databases {
        for missing in all.difference(names) {
            problems.push(Problem::new(
                &format!("migrations/{database}/{missing}"),
                1,
                "this migration is missing",
                "another database has it, and one number means one step everywhere",
                "write it, even if it has nothing to do here but a comment that says why",
            ));
        }
    }
    problems
}

/// The number in `NNNN_words.sql`.
fn number(name: &str) -> Option<u32> {
    let (digits, words) = name.strip_suffix(".sql")?.split_once('_')?;
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let well_named = digits.len() == 4
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && words.split('_').all(|word| !word.is_empty() && word.chars().all(is_word));
    if well_named { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        check(&Tree::of(&files)).iter().map(|problem| problem.file.clone()).collect()
    }

    #[test]
    fn numbered_without_gaps_and_alike_is_silent() {
        assert_eq!(
            problems(&[
                "migrations/postgres/0001_events.sql",
                "migrations/postgres/0002_teams.sql",
                "migrations/sqlite/0001_events.sql",
                "migrations/sqlite/0002_teams.sql",
            ]),
            [""; 0]
        );
        assert_eq!(problems(&["migrations/sqlite/0001_events.sql", "README.md"]), [""; 0]);
    }

    #[test]
    fn a_gap_and_a_repeat_are_found_where_they_start() {
        let gap = ["migrations/sqlite/0001_a.sql", "migrations/sqlite/0003_b.sql"];
        assert_eq!(problems(&gap), [gap[1]]);
        let repeat = ["migrations/sqlite/0001_a.sql", "migrations/sqlite/0001_b.sql"];
        assert_eq!(problems(&repeat), [repeat[1]]);
    }

    #[test]
    fn what_one_database_lacks_is_named() {
        let paths = ["migrations/postgres/0001_a.sql", "migrations/sqlite/0001_b.sql"];
        assert_eq!(
            problems(&paths),
            ["migrations/postgres/0001_b.sql", "migrations/sqlite/0001_a.sql"]
        );
    }

    #[test]
    fn a_stray_file_is_found() {
        for path in ["migrations/notes.md", "migrations/sqlite/1_a.sql", "migrations/sqlite/a.sql"]
        {
            assert_eq!(problems(&[path]), [path]);
        }
    }
}
