//! axe-core, the npm package that the browser tests judge pages with: kept in the build folder, never
//! in the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;

use crate::{say, suite, tools};

/// Where its version and its digest stand.
const MANIFESTS: [&str; 2] = ["package.json", "package-lock.json"];

/// The part of it that tests read.
const SCRIPT: &str = "node_modules/axe-core/axe.min.js";

/// Installs it where the tests look for it, unless the version that is wanted is there.
///
/// # Errors
/// When npm is missing, does not reach its registry, or gets what has another digest.
pub(crate) fn ensure(root: &Path) -> anyhow::Result<()> {
    let from = root.join("tests/axe");
    let folder = build_folder(root)?.join("tmp/axe");
    let is_there = folder.join(SCRIPT).is_file();
    if is_there && MANIFESTS.iter().all(|name| are_same(&from.join(name), &folder.join(name))) {
        return Ok(());
    }
    tools::ensure(&[tools::NPM])?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in MANIFESTS {
        let (from, to) = (from.join(name), folder.join(name));
        fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    say::note("installing axe-core");
    let status = Command::new("npm")
        // What the lock says, by its digests, and nothing of it is run.
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .status()
        .context("cannot run npm")?;
    anyhow::ensure!(status.success(), "npm ci failed in {}: {status}", folder.display());
    Ok(())
}

fn are_same(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

/// What cargo says of its folders.
#[derive(Deserialize)]
struct Folders {
    target_directory: PathBuf,
    /// Where the folder that `CARGO_TARGET_TMPDIR` names is.
    build_directory: Option<PathBuf>,
}

fn build_folder(root: &Path) -> anyhow::Result<PathBuf> {
    let output = suite::cargo()
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    anyhow::ensure!(output.status.success(), "cargo metadata failed: {}", output.status);
    let folders: Folders =
        serde_json::from_slice(&output.stdout).context("cargo metadata is not understood")?;
    Ok(folders.build_directory.unwrap_or(folders.target_directory))
}
