//! What no tracked file may say, and how long one may be.

use super::house::{LONG_FILE, LONG_FOR_A_REASON, LONGEST_FILE};
use super::problem::Problem;
use super::tree::{SourceFile, Tree};

/// Hosts that only configuration or a library's constant may name. Cut in two, so that this file
/// does not hold what it looks for.
const HOSTS: [(&str, &str); 10] = [
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("registry.", "npmjs.org"),
    ("registry.", "yarnpkg.com"),
    ("pypi.", "org"),
    ("files.", "pythonhosted.org"),
    ("deb.", "debian.org"),
    ("security.", "debian.org"),
    ("ftp.", "debian.org"),
    ("proxy.", "golang.org"),
];

/// Folders that exist on one machine.
const MACHINE_PATHS: [(&str, &str); 2] = [("/wo", "rk/"), ("/ro", "ot/")];

/// What people write by hand and read again.
const HAND_WRITTEN: [&str; 7] = ["rs", "sql", "js", "css", "html", "sh", "toml"];

/// Checks every file.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files() {
        // A lock names its registry by Cargo's own rule.
        if file.name() != "Cargo.lock" {
            problems.extend(needles(file));
        }
        if HAND_WRITTEN.iter().any(|extension| file.has_extension(extension)) {
            problems.extend(length(file));
        }
    }
    problems
}

fn needles(file: &SourceFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let lower = line.to_ascii_lowercase();
        for host in HOSTS.map(|(start, end)| [start, end].concat()) {
            if standing_alone(&lower, &host) {
                problems.push(Problem::new(
                    &file.path,
                    number,
                    format!("the host {host} is written out"),
                    "a site that uses a mirror would be asked behind its back",
                    "take it from configuration, or from the library's constant",
                ));
            }
        }
        for path in MACHINE_PATHS.map(|(start, end)| [start, end].concat()) {
            if standing_alone(line, &path) {
                problems.push(Problem::new(
                    &file.path,
                    number,
                    format!("the path {path} is of one machine"),
                    "nobody else has it",
                    "write a path from the top of the tree, or take it from the environment",
                ));
            }
        }
    }
    problems
}

/// Whether `needle` stands in `line`, and not as the end of a longer name.
fn standing_alone(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || "-_.*}".contains(before))
    })
}

fn length(file: &SourceFile) -> Option<Problem> {
    let lines = file.text.lines().count();
    let excused = LONG_FOR_A_REASON.iter().any(|(path, _)| *path == file.path);
    if lines <= LONG_FILE || excused {
        return None;
    }
    let problem = Problem::new(
        &file.path,
        lines,
        format!("{lines} lines, more than {LONG_FILE}"),
        "a long file asks what else lives in it",
        "give each concern a file of its own",
    );
    Some(if lines <= LONGEST_FILE { problem.into_warning() } else { problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<Problem> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn a_registry_host_is_found_in_any_file_but_a_lock() {
        let text = ["# title\nsee https://Index.", "crates.io/se/rd/serde"].concat();
        let found = problems("README.md", &text);
        assert_eq!((found.len(), found[0].line, found[0].warning), (1, 2, false));
        assert_eq!(problems("tests/data/Cargo.lock", &text), []);
        assert_eq!(problems("README.md", "crates.io is a registry"), []);
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_longer_path_is_not() {
        let text = ["cd /wo", "rk/main"].concat();
        assert_eq!(problems(".ci/run", &text).len(), 1);
        let text = ["see frame/wo", "rk/main"].concat();
        assert_eq!(problems(".ci/run", &text), []);
    }

    #[test]
    fn a_long_file_warns_and_a_longer_one_fails() {
        let lines = |count| "x\n".repeat(count);
        assert_eq!(problems("cli/src/main.rs", &lines(LONG_FILE)), []);
        assert!(problems("cli/src/main.rs", &lines(LONG_FILE + 1))[0].warning);
        assert!(problems("cli/src/main.rs", &lines(LONGEST_FILE))[0].warning);
        assert!(!problems("cli/src/main.rs", &lines(LONGEST_FILE + 1))[0].warning);
        assert_eq!(problems("tests/data/list.txt", &lines(LONGEST_FILE + 1)), []);
    }
}
