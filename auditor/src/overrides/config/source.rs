use super::{Context, Merged};
use crate::audit::TeamView;
use crate::cargo::config::{Chain, ChainEnd, SourcePlace};
use crate::cargo::lock::{Lock, PackageSource};
use crate::cargo::source::CanonicalUrl;
use crate::files::RepoPath;
use crate::report::{
    Layer, Location, Override, OverrideKind, Reach, RegistryRef, SourceKey, State, Target,
};

/// `[source]` replacement: the lock does not change, the packages come from elsewhere.
pub(super) fn collect(view: &TeamView<'_>, context: &Context<'_>, merged: &mut Merged) {
    for chain in context.chains() {
        merged.add(record(view, context, &chain));
    }
}

fn record(view: &TeamView<'_>, context: &Context<'_>, chain: &Chain<'_>) -> Override {
    let (target, folder) = end_of(chain);
    Override {
        kind: OverrideKind::SourceReplacement,
        layer: Layer::Config,
        source: Some(chain.source.clone()),
        package: None,
        version: None,
        reach: folder.map(|folder| reach_of(view, folder)),
        target,
        state: state_of(context.lock, &chain.source),
        locked: Vec::new(),
        differs: Vec::new(),
        folder: None,
        compared: Vec::new(),
        workspace: Some(context.root.folder()),
        location: Location::new(chain.file, chain.span),
    }
}

/// What a chain puts in place.
pub(in crate::overrides) fn target_of_chain(chain: &Chain<'_>) -> Target {
    end_of(chain).0
}

/// What a chain puts in place; for a folder also where it is.
fn end_of(chain: &Chain<'_>) -> (Target, Option<Option<RepoPath>>) {
    match &chain.end {
        ChainEnd::Place(file, place) => target_of(file, place),
        ChainEnd::Registry(url) => (registry(url), None),
        ChainEnd::Unknown(name) => (registry(name), None),
        ChainEnd::Loop(names) => {
            (Target::Loop(names.iter().map(|name| (*name).to_owned()).collect()), None)
        }
    }
}

fn registry(name: &str) -> Target {
    Target::Registry(RegistryRef { name: name.to_owned(), version: None })
}

/// What a source's place is as a target; for a folder also where it is, as far as that is below
/// the root.
fn target_of(file: &RepoPath, place: &SourcePlace) -> (Target, Option<Option<RepoPath>>) {
    let resolve = |folder: &str| Some(file.folder().folder().join(folder).ok());
    match place {
        SourcePlace::Registry(url) => (registry(url), None),
        SourcePlace::Git(git) => (Target::Git((**git).clone()), None),
        SourcePlace::Directory(folder) => {
            (Target::Directory(folder.clone().into()), resolve(folder))
        }
        SourcePlace::LocalRegistry(folder) => {
            (Target::LocalRegistry(folder.clone().into()), resolve(folder))
        }
    }
}

fn reach_of(view: &TeamView<'_>, folder: Option<RepoPath>) -> Reach {
    match folder.and_then(|folder| view.manifests.tree.real(&folder)) {
        None => Reach::Outside,
        Some(folder) if view.manifests.tree.has_folder(&folder) => Reach::Repository,
        Some(_) => Reach::Missing,
    }
}

/// Whether the lock has packages of the source that is replaced. A table for a source that has
/// none is inert.
fn state_of(lock: Option<&Lock>, source: &SourceKey) -> State {
    let Some(lock) = lock else { return State::NoLock };
    let is_of = |package: &PackageSource| match (source, package) {
        (SourceKey::CratesIo, PackageSource::CratesIo) => true,
        (SourceKey::Url(url), PackageSource::Git { url: locked, .. }) => url == locked,
        (SourceKey::Url(url), PackageSource::Other(text)) => *url == CanonicalUrl::new(text),
        _ => false,
    };
    let used = lock.packages.iter().any(|package| is_of(&package.source));
    if used { State::Used } else { State::Unused }
}
