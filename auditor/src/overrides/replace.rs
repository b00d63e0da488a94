use super::patch::{Put, effective_root};
use crate::audit::TeamView;
use crate::cargo::lock::Lock;
use crate::cargo::manifest::{Manifest, Replace};
use crate::cargo::source::SourceKey;
use crate::files::RepoPath;
use crate::report::{Layer, Location, Locked, Override, OverrideKind, State};

/// `[replace]`: one version of one package, exactly.
pub(super) fn collect(view: &TeamView<'_>, found: &mut Vec<Override>) {
    for manifest in view.manifests.all() {
        found.extend(manifest.replaces.iter().map(|replace| record(view, manifest, replace)));
    }
}

fn record(view: &TeamView<'_>, manifest: &Manifest, replace: &Replace) -> Override {
    let root = effective_root(view, manifest);
    let put = Put::read(view, &manifest.folder(), &replace.spec, root);
    let (source, name, version) = replace.parts();
    let (state, locked) = match root.map(|root| view.lock_of(root)) {
        None => (State::Ignored, Vec::new()),
        Some(None) => (State::NoLock, Vec::new()),
        Some(Some(lock)) => state_of(lock, name, version),
    };
    Override {
        kind: OverrideKind::Replace,
        layer: Layer::Manifest,
        source: Some(source.map_or(SourceKey::CratesIo, SourceKey::of_url)),
        package: Some(name.to_owned()),
        version: version.map(str::to_owned),
        target: put.target,
        reach: put.reach,
        state,
        locked,
        differs: Vec::new(),
        folder: put.folder,
        compared: Vec::new(),
        workspace: view.workspaces.root_of(&manifest.path).map(RepoPath::folder),
        location: Location::new(&manifest.path, replace.span),
    }
}

/// The lock keeps the replaced entry, and marks it.
fn state_of(lock: &Lock, name: &str, version: Option<&str>) -> (State, Vec<Locked>) {
    let of_version = |locked: &str| version.is_none_or(|version| version == locked);
    let named = lock.named(name).iter().filter(|package| of_version(&package.version));
    let replaced: Vec<_> = named
        .clone()
        .filter(|package| package.replaced)
        .map(|package| Locked::new(lock, package))
        .collect();
    let state = match (replaced.is_empty(), named.count()) {
        (false, _) => State::Used,
        (true, 0) => State::Unused,
        (true, _) => State::Pending,
    };
    (state, replaced)
}
