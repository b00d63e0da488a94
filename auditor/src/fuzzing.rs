//! The door for fuzzers: from texts to what the auditor makes of them. It is there only under
//! `--cfg fuzzing`, which cargo-fuzz sets.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use depaudit_model::Checksum;
use depaudit_policy::Day;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Absent;
use crate::audit::{World, audit};
use crate::cargo::lock::Lock;
use crate::cargo::text::Text;
use crate::cargo::toml;
use crate::cargo::vendor;
use crate::files::{RepoPath, Tree};
use crate::limits::STACK;
use crate::report::{Finding, Span, TeamName, TeamReport};
use crate::request::TeamRoot;

/// What one repository comes to.
#[derive(Debug)]
pub struct Audited {
    /// The records and blind spots.
    pub report: TeamReport,
    /// The findings, before any policy.
    pub findings: Vec<Finding>,
}

/// One thread with the stack that a scan gives its own, started once: the deepest document has to
/// fit here as it does there.
#[expect(clippy::expect_used, reason = "without a thread there is nothing to fuzz")]
static POOL: LazyLock<ThreadPool> = LazyLock::new(|| {
    let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build();
    pool.expect("the machine gives no thread")
});

/// Audits a repository that holds these texts, each below its path, as a scan would: every file is
/// read, records are built, all rules about one team run. Nothing is read from disk.
#[must_use]
pub fn audit_texts(texts: &[(RepoPath, &str)], today: Day) -> Audited {
    POOL.install(|| {
        // Whatever a text names beside the others is looked for here, and not found.
        let root = TeamRoot::new(TeamName::new("team"), "/dev/null");
        let tree = Tree::in_memory(&root.path, texts);
        let world = World { facts: &Absent, today };
        let audited = audit(&root, tree, None, world, None, true);
        Audited { report: audited.report, findings: audited.findings.all }
    })
}

/// What a lock that can be read holds, counted twice.
#[derive(Debug, PartialEq, Eq)]
pub struct LockCounts {
    /// The entries with a name and a version, in the document.
    pub listed: usize,
    /// The packages, and the patches that are not used, in what was made of it.
    pub read: usize,
}

/// Counts the entries of a lock, as a document and as what the auditor keeps of it; `None` where it
/// is no lock.
#[must_use]
pub fn count_lock(path: &RepoPath, text: &str) -> Option<LockCounts> {
    POOL.install(|| {
        let lock = Lock::parse(path, text).ok()?;
        let text = Text::new(text);
        let document = toml::parse(&text).ok()?;
        let is_package = |item: &&toml::Value<'_>| {
            let table = item.get_ref().as_table();
            table.is_some_and(|table| {
                ["name", "version"].iter().all(|key| toml::string(table, key).is_some())
            })
        };
        let items = |value: Option<&toml::Value<'_>>| {
            let items = value.and_then(|value| value.get_ref().as_array());
            items.map_or(0, |items| items.iter().filter(is_package).count())
        };
        let unused = toml::table(&document, "patch").and_then(|patch| patch.get("unused"));
        let root = document.get("root").iter().filter(|item| is_package(item)).count();
        Some(LockCounts {
            listed: items(document.get("package")) + items(unused) + root,
            read: lock.packages.len() + lock.unused.len(),
        })
    })
}

/// Compares the files of the package `package`, which lie on disk below `root`, with this text as
/// their checksum file. Returns whether nothing differs.
#[must_use]
pub fn is_as_vendored(root: &Path, package: &RepoPath, checksums: &str) -> bool {
    let list = package.child(".cargo-checksum.json");
    let tree = Tree::in_memory(root, &[(list, checksums)]);
    vendor::inspect(&tree, package, &BTreeSet::<Checksum>::new()).is_empty()
}

/// Whether a span lies in a text: its end is not before its beginning, and both are places that the
/// text has.
#[must_use]
pub fn is_within(span: Span, text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let has = |line: u32, column: u32| {
        let line = (line as usize).checked_sub(1).and_then(|line| text.split('\n').nth(line));
        line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&(column as usize)))
    };
    has(span.line, span.column)
        && has(span.end_line, span.end_column)
        && (span.line, span.column) <= (span.end_line, span.end_column)
}
