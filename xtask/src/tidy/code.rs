//! What the code itself names, against what its room refuses; and work left unfinished.

use super::house::{ROOMS, Room};
use super::problem::Problem;
use super::rust_source::{self, Kind, Mention};
use super::tree::{SourceFile, Tree};

/// How a statement of SQL begins. Case counts: a sentence that begins with "Select" is a sentence.
const SQL_OPENINGS: [&str; 10] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE FROM ",
    "REPLACE INTO ",
    "CREATE ",
    "ALTER TABLE ",
    "DROP ",
    "PRAGMA ",
    "WITH ",
];

/// The mark on a line of a test that may sleep, followed by the reason.
const MAY_SLEEP: &str = "// waits: ";

/// Checks every Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files().filter(|file| file.is_rust()) {
        match rust_source::mentions(&file.text) {
            Err(error) => problems.push(Problem::new(
                &file.path,
                error.span().start().line,
                "this is no Rust",
                "what cannot be read cannot be checked",
                "repair it; a file that must be broken should not end in .rs",
            )),
            Ok(mentions) => {
                let room = ROOMS.iter().find(|room| room.folder == file.room());
                let all_test = is_test_file(&file.path);
                for mut mention in mentions {
                    mention.in_test |= all_test;
                    problems.extend(unfinished(file, &mention));
                    problems.extend(sleeping(file, &mention));
                    problems.extend(room.and_then(|room| refused(room, file, &mention)));
                }
            }
        }
    }
    problems
}

/// Cargo compiles these for tests or benchmarks alone; `tests.rs` is a test module's own file.
fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

fn unfinished(file: &SourceFile, mention: &Mention) -> Option<Problem> {
    let (what, why) = match &mention.kind {
        Kind::Call(name) if name == "todo" || name == "unimplemented" => {
            (format!("{name}! stands here"), "unfinished work does not land")
        }
        Kind::Attribute(name) if name == "ignore" => {
            ("a test is ignored".to_owned(), "a test that nobody runs proves nothing")
        }
        _ => return None,
    };
    Some(Problem::new(&file.path, mention.line, what, why, "finish it or take it out"))
}

fn sleeping(file: &SourceFile, mention: &Mention) -> Option<Problem> {
    let Kind::Path(path) = &mention.kind else { return None };
    let sleeps = mention.in_test
        && ["thread::sleep", "time::sleep"].iter().any(|sleep| is_or_ends_with(path, sleep));
    let line = file.text.lines().nth(mention.line.saturating_sub(1)).unwrap_or_default();
    let excused = line.split_once(MAY_SLEEP).is_some_and(|(_, reason)| !reason.trim().is_empty());
    (sleeps && !excused).then(|| {
        Problem::new(
            &file.path,
            mention.line,
            "a test sleeps",
            "a slow machine makes it fail, a fast one wastes time",
            format!("wait for the condition itself, or say why not behind `{MAY_SLEEP}`"),
        )
    })
}

fn refused(room: &Room, file: &SourceFile, mention: &Mention) -> Option<Problem> {
    if mention.in_test {
        return None;
    }
    let what = match &mention.kind {
        Kind::Path(path) if room.never_names.iter().any(|never| is_or_is_under(path, never)) => {
            format!("{}/ names {path}", room.folder)
        }
        Kind::Call(name) if room.never_calls.contains(&name.as_str()) => {
            format!("{}/ calls {name}!", room.folder)
        }
        Kind::Literal(literal) if !room.speaks_sql && is_sql(literal) => {
            format!("{}/ holds a statement of SQL", room.folder)
        }
        _ => return None,
    };
    let remedy = "move the code to the room that may, and pass in what comes of it";
    Some(Problem::new(&file.path, mention.line, what, room.because, remedy))
}

fn is_or_is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is_or_ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches(['r', 'b', 'c', '#', '"', '\\', ' ', '\n']);
    literal.contains('"') && SQL_OPENINGS.iter().any(|opening| text.starts_with(opening))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn pure_rooms_touch_nothing_in_any_spelling() {
        for text in [
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "fn f() { std::env::var(\"X\"); }",
            "fn f() { println!(\"x\"); }",
        ] {
            assert_eq!(problems("model/src/lib.rs", text).len(), 1, "{text}");
            assert_eq!(problems("policy/src/lib.rs", text).len(), 1, "{text}");
            assert_eq!(problems("cli/src/main.rs", text), [""; 0], "{text}");
        }
        for text in ["use std::fsync::x; // std::fs", "use std::net::IpAddr;"] {
            assert_eq!(problems("model/src/lib.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_proxy_knows_backends_only_in_tests() {
        let text = "use depaudit_store::sqlite::Sqlite;";
        let found = problems("proxy/src/download.rs", text);
        assert!(found[0].starts_with("proxy/src/download.rs:1: proxy/ names depaudit_store::sql"));
        assert_eq!(problems("proxy/tests/download.rs", text), [""; 0]);
        let inside = format!("#[cfg(test)]\nmod tests {{ {text} }}");
        assert_eq!(problems("proxy/src/download.rs", &inside), [""; 0]);
    }

    #[test]
    fn sql_lives_in_the_store() {
        for statement in ["\"SELECT x FROM y\"", "r#\"\n  INSERT INTO y VALUES (1)\"#"] {
            let text = format!("const QUERY: &str = {statement};");
            assert_eq!(problems("cli/src/log.rs", &text).len(), 1, "{statement}");
            assert_eq!(problems("web/src/page.rs", &text).len(), 1, "{statement}");
            assert_eq!(problems("store/src/sqlite/log.rs", &text), [""; 0], "{statement}");
        }
        assert_eq!(problems("cli/src/log.rs", "const HELP: &str = \"Select a team\";"), [""; 0]);
    }

    #[test]
    fn the_auditor_runs_and_prints_nothing() {
        let text = "fn f() { std::process::Command::new(\"x\"); eprintln!(); }";
        assert_eq!(problems("auditor/src/lib.rs", text).len(), 2);
    }

    #[test]
    fn unfinished_work_does_not_land() {
        for text in ["fn f() { todo!() }", "fn f() { unimplemented!(\"x\") }"] {
            assert_eq!(problems("cli/src/main.rs", text).len(), 1, "{text}");
        }
        for text in ["#[test]\n#[ignore]\nfn f() {}", "#[cfg_attr(x, ignore = \"y\")]\nfn f() {}"] {
            assert_eq!(problems("tests/fetch.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_test_sleeps_only_for_a_reason() {
        let asleep = "fn f() { tokio::time::sleep(x); }";
        assert_eq!(problems("tests/fetch.rs", asleep).len(), 1);
        assert_eq!(problems("tests/fetch.rs", "use std::thread::sleep;").len(), 1);
        assert_eq!(problems("proxy/src/backoff.rs", asleep), [""; 0]);
        let unexcused = format!("{asleep} // waits: ");
        assert_eq!(problems("tests/fetch.rs", &unexcused).len(), 1);
        let excused = format!("{asleep} // waits: the peer's clock has whole seconds");
        assert_eq!(problems("tests/fetch.rs", &excused), [""; 0]);
    }
}
