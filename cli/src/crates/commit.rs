//! The package in a commit, read through git without a checkout.

mod tree;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use depaudit_auditor::{Packaging, RepoPath};
use depaudit_model::cargo::{PackageFiles, Release};
use tame_index::utils::cargo_home;
use url::Url;

use crate::git::Repository;

use tree::Tree;

/// The longest list of files that is taken in, in bytes.
const LONGEST_LIST: u64 = 64 << 20;

/// How many clones in Cargo's home are asked for a commit.
const MOST_CLONES: usize = 64;

/// Finds the clone in Cargo's home that has a commit of this repository. The commit says which bytes
/// are meant, so any clone of that name that has it will do.
///
/// # Errors
/// When Cargo has not fetched it.
pub fn fetched(url: &Url, commit: &str) -> anyhow::Result<Repository> {
    let path = url.path().trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    let prefix = format!("{}-", name.strip_suffix(".git").unwrap_or(name)).to_lowercase();
    let home = cargo_home().context("cannot tell where Cargo keeps what it has fetched")?;
    let clones = home.into_std_path_buf().join("git").join("db");
    let listing = std::fs::read_dir(clones).into_iter().flatten().flatten();
    let named = listing
        .filter(|entry| entry.file_name().to_string_lossy().to_lowercase().starts_with(&prefix));
    for clone in named.take(MOST_CLONES) {
        let repository = Repository::at(clone.path());
        if commit_of(&repository, commit).is_ok() {
            return Ok(repository);
        }
    }
    bail!(
        "Cargo has not fetched {commit} of {url}: run `cargo fetch` where it is used, or name a \
         clone of it, `FOLDER#{commit}`"
    )
}

fn commit_of(repository: &Repository, revision: &str) -> anyhow::Result<String> {
    let wanted = format!("{revision}^{{commit}}");
    let printed = repository.ask(&["rev-parse", "--verify", "--end-of-options", &wanted], 200)?;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}

/// Reads the files that Cargo would package of the package called as the release, in a commit. Every
/// file of a commit is known to git, so no `.gitignore` counts, and hidden files are taken along.
///
/// # Errors
/// When git fails, or the commit has no such package, or several.
pub fn package(
    repository: &Repository,
    revision: &str,
    release: &Release,
) -> anyhow::Result<PackageFiles> {
    let commit = commit_of(repository, revision)?;
    let list = ["ls-tree", "-r", "-z", "-l", "--full-tree", &commit];
    let mut tree = Tree::read(&repository.ask(&list, LONGEST_LIST)?)?;
    let manifests = tree.manifests(repository)?;
    let (folder, packaging) = choose(&manifests, release)?;
    let workspace = workspace_of(&manifests, &folder).map(|(folder, _)| folder);
    tree.follow_links(repository, &folder)?;
    tree.package(repository, &folder, workspace, &packaging)
}

/// The package of the release's name. Of several, that of the release's version.
fn choose(
    manifests: &BTreeMap<RepoPath, String>,
    release: &Release,
) -> anyhow::Result<(RepoPath, Packaging)> {
    let mut found = Vec::new();
    for (folder, text) in manifests {
        let Ok(alone) = Packaging::read(text, None) else { continue };
        if alone.name() == Some(release.name.as_str()) {
            let above = workspace_of(manifests, folder).map(|(_, text)| text);
            found.push((folder.clone(), Packaging::read(text, above)?));
        }
    }
    if found.len() > 1 {
        let version = release.version.to_string();
        found.retain(|(_, packaging)| packaging.version() == Some(&version));
    }
    match found.len() {
        1 => found.pop().context("nothing was found"),
        0 => bail!("no package in it is called `{}`", release.name),
        count => bail!("{count} packages in it are called {release}"),
    }
}

/// The nearest manifest at or above the folder that has a `[workspace]`, and its folder.
fn workspace_of<'m>(
    manifests: &'m BTreeMap<RepoPath, String>,
    folder: &RepoPath,
) -> Option<(&'m RepoPath, &'m str)> {
    let mut here = Some(folder.clone());
    while let Some(folder) = here {
        if let Some((folder, text)) = manifests.get_key_value(&folder)
            && text.contains("[workspace")
        {
            return Some((folder, text));
        }
        here = folder.parent();
    }
    None
}
