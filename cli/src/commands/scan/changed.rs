//! `--changed-since`: which files of a team were changed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use depaudit_auditor::RepoPath;

use crate::git::Repository;

/// The longest list of files that is taken in, in bytes.
const LONGEST: u64 = 64 << 20;

/// The files below `root` that differ from the revision, and those that git does not know yet.
///
/// A scan runs nothing. This is the one exception, and it is not the auditor's: the user's own git is
/// asked ([`Repository`]). Beside what that refuses, it runs no external diff and no text conversion,
/// and does not look into submodules, which have a configuration of their own.
///
/// # Errors
/// When git is not there, this is no checkout, or the revision is none.
pub(super) fn changed_since(root: &Path, revision: &str) -> anyhow::Result<BTreeSet<RepoPath>> {
    ensure!(!revision.starts_with('-'), "`{revision}` is no revision");
    let differing = [
        "diff",
        "--name-only",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=dirty",
        "--relative",
        "-z",
        "--end-of-options",
        revision,
        "--",
    ];
    let unknown = ["ls-files", "--others", "--exclude-standard", "-z"];
    let mut files = git(root, &differing)
        .with_context(|| format!("cannot tell what changed since `{revision}`"))?;
    files.extend(git(root, &unknown).context("cannot tell which files are new")?);
    Ok(files)
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<BTreeSet<RepoPath>> {
    let listed = Repository::at(root).ask(arguments, LONGEST)?;
    // What is no text names no file that a scan reads.
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names.filter_map(|name| RepoPath::root().join(name).ok()).collect())
}
