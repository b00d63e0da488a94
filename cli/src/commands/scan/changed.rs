//! `--changed-since`: which files of a team were changed.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use depaudit_auditor::RepoPath;
use depaudit_model::terminal::printable;

/// The longest list of files that is taken in, in bytes.
const LONGEST: u64 = 64 << 20;

/// The files below `root` that differ from the revision, and those that git does not know yet.
///
/// A scan runs nothing. This is the one exception, and it is not the auditor's: the user's own git
/// is asked, because only it reads every form of a repository and knows the user's `safe.directory`.
/// It is told to run none of what a repository's configuration can name (a file system monitor,
/// hooks, an external diff, a text conversion), not to look into submodules, which have a
/// configuration of their own, and to ask nobody for a password.
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
    let mut command = Command::new("git");
    command.arg("-C").arg(root);
    command.args(["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null"]).args(arguments);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    // A hook that runs depaudit has set these for its own repository, and `root` may be another.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().context("cannot run git")?;
    let mut listed = Vec::new();
    if let Some(out) = running.stdout.take() {
        out.take(LONGEST + 1).read_to_end(&mut listed).context("cannot read what git says")?;
    }
    let mut said = Vec::new();
    if let Some(err) = running.stderr.take() {
        err.take(4_096).read_to_end(&mut said).context("cannot read what git says")?;
    }
    let ended = running.wait().context("cannot wait for git")?;
    let said = String::from_utf8_lossy(&said);
    let why = said.lines().next().unwrap_or("it says nothing");
    ensure!(ended.success(), "git in {}: {}", root.display(), printable(why));
    ensure!(listed.len() as u64 <= LONGEST, "git names more files than a repository has");
    // What is no text names no file that a scan reads.
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names.filter_map(|name| RepoPath::root().join(name).ok()).collect())
}
