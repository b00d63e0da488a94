//! Migrations: numbered without gaps, and the same steps for every backend.
//!
//! A file is `migrations/BACKEND/SERIES/NNNN_words.sql`; a backend that keeps everything in one
//! database has no SERIES.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problem;
use super::tree::Tree;

/// Names in one folder, each once, in order.
type Names<'t> = BTreeSet<&'t str>;

/// Checks the files under `migrations/`.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut backends: BTreeMap<&str, BTreeMap<&str, Names<'_>>> = BTreeMap::new();
    for file in tree.files() {
        let Some(rest) = file.path.strip_prefix("migrations/") else { continue };
        match place(rest) {
            Some((backend, series, name)) => {
                backends.entry(backend).or_default().entry(series).or_default().insert(name);
            }
            None => problems.push(Problem::new(
                &file.path,
                1,
                "this is no migration",
                "the folder holds numbered SQL and nothing else",
                "name it migrations/BACKEND/SERIES/NNNN_what_it_does.sql, or move it",
            )),
        }
    }
    for (backend, all_series) in &backends {
        for (series, names) in all_series {
            problems.extend(gap(backend, series, names));
        }
    }
    let everywhere: BTreeSet<_> = backends.values().flat_map(steps).collect();
    for (backend, all_series) in &backends {
        let here: BTreeSet<_> = steps(all_series).collect();
        for (series, name) in everywhere.difference(&here) {
            problems.push(Problem::new(
                &path(backend, series, name),
                1,
                "this migration is missing",
                "another backend has it, and one number means one step everywhere",
                "write it, even if it has nothing to do here but a comment that says why",
            ));
        }
    }
    problems
}

fn steps<'t>(
    all_series: &BTreeMap<&'t str, Names<'t>>,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    all_series.iter().flat_map(|(series, names)| names.iter().map(|name| (*series, *name)))
}

/// The first number that is not the next one.
fn gap(backend: &str, series: &str, names: &Names<'_>) -> Option<Problem> {
    let (expected, name) =
        (1..).zip(names).find(|(expected, name)| number(name) != Some(*expected))?;
    Some(Problem::new(
        &path(backend, series, name),
        1,
        format!("number {expected:04} should stand here"),
        "a gap or a repeat means that two histories were mixed",
        "number the newer migrations anew, in the order in which they apply",
    ))
}

/// Backend, series and name of a path below `migrations/`; the series may be empty.
fn place(path: &str) -> Option<(&str, &str, &str)> {
    let (backend, rest) = path.split_once('/')?;
    let (series, name) = rest.split_once('/').unwrap_or(("", rest));
    number(name).map(|_| (backend, series, name))
}

fn path(backend: &str, series: &str, name: &str) -> String {
    let slash = if series.is_empty() { "" } else { "/" };
    format!("migrations/{backend}/{series}{slash}{name}")
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
    fn what_one_backend_lacks_is_named() {
        let paths = ["migrations/postgres/0001_a.sql", "migrations/sqlite/0001_b.sql"];
        assert_eq!(
            problems(&paths),
            ["migrations/postgres/0001_b.sql", "migrations/sqlite/0001_a.sql"]
        );
    }

    #[test]
    fn each_series_counts_for_itself() {
        let two =
            ["migrations/sqlite/audit/0001_events.sql", "migrations/sqlite/meta/0001_cache.sql"];
        assert_eq!(problems(&two), [""; 0]);
        let one_more = [&two[..], &["migrations/postgres/audit/0001_events.sql"]].concat();
        assert_eq!(problems(&one_more), ["migrations/postgres/meta/0001_cache.sql"]);
    }

    #[test]
    fn a_stray_file_is_found() {
        for path in ["migrations/notes.md", "migrations/sqlite/1_a.sql", "migrations/sqlite/a.sql"]
        {
            assert_eq!(problems(&[path]), [path]);
        }
    }
}
