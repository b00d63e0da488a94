use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::Checksum;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::config::Context;
use crate::audit::TeamView;
use crate::cargo::config::{Chain, ChainEnd, SourcePlace};
use crate::cargo::lock::{Lock, PackageSource};
use crate::cargo::vendor::inspect;
use crate::files::RepoPath;
use crate::report::{
    Layer, Location, Override, OverrideKind, Reach, SourceKey, Span, State, Target,
};

/// Vendored trees: one record for each folder that configuration makes Cargo take packages from,
/// and one for each package in it whose files are not what they should be.
pub(super) fn collect(view: &TeamView<'_>, contexts: &[Context<'_>], found: &mut Vec<Override>) {
    for (folder, vendored) in trees(view, contexts) {
        let tree = Override {
            kind: OverrideKind::Vendored,
            layer: Layer::Vendor,
            source: Some(vendored.source.clone()),
            package: None,
            version: None,
            target: Target::Directory(folder.to_string()),
            reach: Some(Reach::Repository),
            state: if vendored.locks.is_empty() { State::NoLock } else { State::Used },
            locked: Vec::new(),
            differs: Vec::new(),
            folder: Some(folder.clone()),
            compared: Vec::new(),
            workspace: None,
            location: vendored.location.clone(),
        };
        let packages: Vec<RepoPath> = view.manifests.tree.folders_in(&folder).cloned().collect();
        let differing = packages.into_par_iter().filter_map(|it| package(view, &vendored, &it));
        found.extend(differing.collect::<Vec<_>>());
        found.push(tree);
    }
}

/// A folder of vendored packages, and who uses it.
struct Vendored<'v> {
    source: SourceKey,
    location: Location,
    locks: Vec<&'v Lock>,
}

fn trees<'v>(view: &TeamView<'_>, contexts: &[Context<'v>]) -> BTreeMap<RepoPath, Vendored<'v>> {
    let mut trees = BTreeMap::<RepoPath, Vendored<'v>>::new();
    for context in contexts {
        for chain in context.chains() {
            let Some(folder) = folder_of(view, &chain) else { continue };
            let tree = trees.entry(folder).or_insert_with(|| Vendored {
                source: chain.source.clone(),
                location: Location::new(chain.file, chain.span),
                locks: Vec::new(),
            });
            tree.locks.extend(context.lock());
        }
    }
    trees
}

/// The folder below the root that a chain ends in.
fn folder_of(view: &TeamView<'_>, chain: &Chain<'_>) -> Option<RepoPath> {
    let ChainEnd::Place(file, SourcePlace::Directory(folder)) = &chain.end else { return None };
    let folder = file.folder().folder().join(folder).ok()?;
    let folder = view.manifests.tree.real(&folder)?;
    view.manifests.tree.has_folder(&folder).then_some(folder)
}

/// `None` for a package that is as it should be, and for a folder that is no package: Cargo skips
/// those whose name begins with a dot, and those without a manifest.
fn package(view: &TeamView<'_>, tree: &Vendored<'_>, folder: &RepoPath) -> Option<Override> {
    let manifest = folder.child("Cargo.toml");
    if folder.name().starts_with('.') || !view.manifests.has(&manifest) {
        return None;
    }
    let package = view.manifests.get(&manifest).and_then(|it| it.package.as_ref());
    let name = package.and_then(|it| it.name.as_deref()).unwrap_or(folder.name());
    let version = view.manifests.version_of(&manifest);
    let locked = tree.locks.iter().flat_map(|lock| lock.named(name));
    let same_version = locked.filter(|it| version.is_none_or(|version| version == &*it.version));
    let from_registry = same_version.filter(|it| *it.source == PackageSource::CratesIo);
    let checksums: BTreeSet<Checksum> = from_registry.filter_map(|it| it.checksum).collect();
    let differs = inspect(view.manifests.tree, folder, &checksums);
    let first = differs.first()?;
    Some(Override {
        kind: OverrideKind::Vendored,
        layer: Layer::Vendor,
        source: Some(tree.source.clone()),
        package: Some(name.to_owned()),
        version: version.map(str::to_owned),
        target: Target::Directory(folder.to_string()),
        reach: Some(Reach::Repository),
        state: if tree.locks.is_empty() { State::NoLock } else { State::Used },
        locked: Vec::new(),
        location: Location::new(&first.path, Span::START),
        differs,
        folder: Some(folder.clone()),
        compared: Vec::new(),
        workspace: None,
    })
}
