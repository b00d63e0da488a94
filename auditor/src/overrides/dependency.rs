use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelRefIterator, ParallelExtend, ParallelIterator};

use super::reach::reach_of_dependency;
use super::state::{Expected, state_in};
use crate::audit::TeamView;
use crate::cargo::manifest::{Dependency, Manifest, RegistryTarget};
use crate::cargo::source::SourceKey;
use crate::files::RepoPath;
use crate::report::{Layer, Location, Override, OverrideKind, RegistryRef, State, Target};

/// Git, path and registry dependencies: each takes one edge's package from elsewhere.
pub(super) fn collect(view: &TeamView<'_>, found: &mut Vec<Override>) {
    let inherited = Inherited::of(view);
    let manifests: Vec<&Manifest> = view.manifests.all().collect();
    found.par_extend(manifests.par_iter().flat_map_iter(|manifest| {
        let entries = manifest.dependencies.iter();
        entries.filter_map(|dependency| record(view, manifest, dependency, &inherited))
    }));
}

fn record(
    view: &TeamView<'_>,
    manifest: &Manifest,
    dependency: &Dependency,
    inherited: &Inherited<'_>,
) -> Option<Override> {
    let root = view.workspaces.root_of(&manifest.path);
    let base = manifest.folder();
    let spec = &dependency.spec;
    let (mut reached, mut version, mut folder) = (None, None, None);
    let (kind, target, expected) = if let Some(path) = &spec.path {
        let (reach, target) = reach_of_dependency(view, &base, path, root);
        version = target.as_ref().and_then(|target| view.manifests.version_of(target));
        folder = target.as_ref().map(RepoPath::folder);
        reached = Some(reach);
        let target = Target::Path(path.clone().into());
        (OverrideKind::PathDependency, target, Expected::Path)
    } else if let Some(git) = &spec.git {
        (OverrideKind::GitDependency, Target::Git((**git).clone()), Expected::Git(git))
    } else {
        let name = match spec.registry.as_ref()? {
            RegistryTarget::Name(name) | RegistryTarget::Index(name) => name.clone().into(),
        };
        let version = spec.requirement.clone().map(Into::into);
        let target = Target::Registry(RegistryRef { name, version });
        (OverrideKind::RegistryDependency, target, Expected::OtherRegistry)
    };
    let package = dependency.package();
    let (state, locked) = match root {
        None => (State::Ignored, Vec::new()),
        Some(_) if !inherited.acts(manifest, dependency) => (State::Unused, Vec::new()),
        Some(root) => state_in(view.lock_of(root), package, expected),
    };
    Some(Override {
        kind,
        layer: Layer::Manifest,
        source: Some(SourceKey::CratesIo),
        package: Some(package.to_owned()),
        version: version.map(str::to_owned),
        target,
        reach: reached,
        state,
        locked,
        differs: Vec::new(),
        folder,
        compared: Vec::new(),
        workspace: root.map(RepoPath::folder),
        location: Location::new(&manifest.path, dependency.span),
    })
}

/// Which entries of `[workspace.dependencies]` some member inherits, by root.
struct Inherited<'v>(BTreeMap<&'v RepoPath, BTreeSet<&'v str>>);

impl<'v> Inherited<'v> {
    fn of(view: &'v TeamView<'_>) -> Self {
        let mut by_root = BTreeMap::<_, BTreeSet<_>>::new();
        for manifest in view.manifests.all() {
            let Some(root) = view.workspaces.root_of(&manifest.path) else { continue };
            let inherited = manifest.own_dependencies().filter(|entry| entry.spec.inherited);
            by_root.entry(root).or_default().extend(inherited.map(|entry| &*entry.key));
        }
        Self(by_root)
    }

    /// Whether an entry acts: those of `[workspace.dependencies]` do only where one inherits them.
    fn acts(&self, manifest: &Manifest, dependency: &Dependency) -> bool {
        let inherits = |keys: &BTreeSet<&str>| keys.contains(&*dependency.key);
        !dependency.table.is_workspace() || self.0.get(&manifest.path).is_some_and(inherits)
    }
}
