//! What the targets share: a small repository around the text that is fuzzed, and what has to hold
//! of every report about it.
//!
//! Built by cargo-fuzz alone, which sets `--cfg fuzzing`: the auditor has its door only then.
#![cfg(fuzzing)]

use depaudit_auditor::RepoPath;
use depaudit_auditor::fuzzing::{Audited, audit_texts, is_within};
use depaudit_auditor::report::{Location, Span};
use depaudit_policy::Day;

/// A workspace with a patch, a git dependency and a path dependency, so that what is fuzzed has
/// something to change.
const MANIFEST: &str = r#"[workspace]
members = ["app"]

[workspace.dependencies]
left = "1"

[patch.crates-io]
left = { git = "https://git.example/left", branch = "main" }

[package]
name = "root"
version = "0.1.0"

[dependencies]
left = { workspace = true }
right = { path = "app" }
"#;

const MEMBER: &str = "[package]\nname = \"right\"\nversion = \"0.2.0\"\n";

const LOCK: &str = r#"version = 4

[[package]]
name = "left"
version = "1.2.3"
source = "git+https://git.example/left?branch=main#0123456789012345678901234567890123456789"

[[package]]
name = "right"
version = "0.2.0"

[[package]]
name = "root"
version = "0.1.0"
"#;

/// A repository that is audited once.
pub struct Repository<'a> {
    texts: Vec<(RepoPath, &'a str)>,
}

impl<'a> Repository<'a> {
    /// The workspace, with this text at `path`, in the place of its own file there if it has one.
    pub fn with(path: &str, text: &'a str) -> Self {
        let mut texts = vec![(place(path), text)];
        for (path, text) in
            [("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("app/Cargo.toml", MEMBER)]
        {
            let path = place(path);
            if texts.iter().all(|(known, _)| *known != path) {
                texts.push((path, text));
            }
        }
        Self { texts }
    }

    /// Audits it and checks what holds of every report: each place that it names is a place of one
    /// of the texts, and every finding has one.
    pub fn audit(&self) -> Audited {
        let audited = audit_texts(&self.texts, today());
        for record in &audited.report.overrides {
            self.check(&record.location, "an override");
        }
        for finding in &audited.findings {
            assert!(!finding.locations.is_empty(), "{} has no place", finding.code);
            for place in &finding.locations {
                self.check(&place.location, finding.code);
            }
        }
        audited
    }

    fn check(&self, location: &Location, what: &str) {
        let text = self.texts.iter().find(|(path, _)| *path == location.path);
        // What is about a folder, or about a file that is not there, begins where files begin.
        let holds = match text {
            Some((_, text)) => is_within(location.span, text),
            None => location.span == Span::START,
        };
        assert!(holds, "{what} names {location:?}, which the text does not have");
    }
}

/// The path of a file in the repository.
///
/// # Panics
/// When it leads out of it.
pub fn place(path: &str) -> RepoPath {
    RepoPath::root().join(path).expect("a target's paths stay in the repository")
}

fn today() -> Day {
    "2026-06-01".parse().expect("it is a day")
}
