use std::path::Path;

use anyhow::{Context, bail, ensure};
use depaudit_auditor::{RepoPath, package_of_folder, repository_of};
use depaudit_model::cargo::{PackageFiles, Release};

/// Reads the files that Cargo would package of a folder.
///
/// # Errors
/// When it holds no package of the release's name.
pub(super) fn package(
    folder: &Path,
    release: &Release,
    files: &PackageFiles,
) -> anyhow::Result<PackageFiles> {
    let folder = folder.canonicalize().context("cannot find the folder")?;
    ensure!(folder.is_dir(), "it is no folder");
    let root = repository_of(&folder);
    let below = folder.strip_prefix(&root).ok().and_then(Path::to_str);
    let below = below.and_then(|below| RepoPath::root().join(below).ok());
    let below = below.context("its path is no text")?;
    let (packaging, found) = package_of_folder(&root, &below, files)?;
    match packaging.name() {
        Some(name) if name == release.name.as_str() => Ok(found),
        Some(name) => bail!("it holds the package `{name}`, not `{}`", release.name),
        None => bail!("its package has no name"),
    }
}
