use super::reach::reach;
use super::state::{Expected, state_in};
use crate::audit::TeamView;
use crate::cargo::config::Stack;
use crate::cargo::manifest::{Manifest, Patch, RegistryTarget, Spec};
use crate::cargo::source::SourceKey;
use crate::cargo::workspace::Class;
use crate::files::RepoPath;
use crate::report::{Layer, Location, Override, OverrideKind, Reach, RegistryRef, State, Target};

/// `[patch]` in manifests. Only those of roots, and of packages that stand alone, act.
pub(super) fn collect(view: &TeamView<'_>, found: &mut Vec<Override>) {
    for manifest in view.manifests.all() {
        found.extend(manifest.patches.iter().map(|patch| record(view, manifest, patch)));
    }
}

fn record(view: &TeamView<'_>, manifest: &Manifest, patch: &Patch) -> Override {
    let root = effective_root(view, manifest);
    let registries = Stack::of(&view.configs, &manifest.folder());
    let put = Put::read(view, &manifest.folder(), &patch.spec, root);
    let package = patch.package();
    let (state, locked) = match root {
        None => (State::Ignored, Vec::new()),
        Some(root) => state_in(view.lock_of(root), package, put.expected(&patch.spec)),
    };
    Override {
        kind: OverrideKind::Patch,
        layer: Layer::Manifest,
        source: Some(SourceKey::new(&patch.source_key, |name| registries.registry(name))),
        package: Some(package.to_owned()),
        version: put.version,
        target: put.target,
        reach: put.reach,
        state,
        locked,
        differs: Vec::new(),
        folder: put.folder,
        compared: Vec::new(),
        workspace: view.workspaces.root_of(&manifest.path).map(RepoPath::folder),
        location: Location::new(&manifest.path, patch.span),
    }
}

/// The manifest itself, where Cargo heeds its `[patch]` and `[replace]`.
pub(super) fn effective_root<'v>(
    view: &'v TeamView<'_>,
    manifest: &Manifest,
) -> Option<&'v RepoPath> {
    match view.workspaces.classes.get_key_value(&manifest.path)? {
        (path, Class::Root | Class::Standalone) => Some(path),
        _ => None,
    }
}

/// What an entry of `[patch]` or `[replace]` puts in place.
pub(super) struct Put {
    pub(super) target: Target,
    pub(super) reach: Option<Reach>,
    pub(super) version: Option<String>,
    /// The folder below the root, where it is one that no `[workspace]` lists.
    pub(super) folder: Option<RepoPath>,
}

impl Put {
    pub(super) fn read(
        view: &TeamView<'_>,
        folder: &RepoPath,
        spec: &Spec,
        root: Option<&RepoPath>,
    ) -> Self {
        let plain = |target| Self { target, reach: None, version: None, folder: None };
        if let Some(git) = &spec.git {
            return plain(Target::Git((**git).clone()));
        }
        if let Some(path) = &spec.path {
            let (reach, manifest) = reach(view, folder, path, root);
            let version = manifest.as_ref().and_then(|path| view.manifests.version_of(path));
            return Self {
                target: Target::Path(path.clone().into()),
                reach: Some(reach),
                version: version.map(Into::into),
                folder: manifest.filter(|path| !is_listed(view, root, path)).map(|it| it.folder()),
            };
        }
        let version = spec.requirement.clone().map(String::from);
        plain(match &spec.registry {
            Some(RegistryTarget::Name(name) | RegistryTarget::Index(name)) => {
                Target::Registry(RegistryRef { name: name.clone().into(), version })
            }
            None => Target::Version(version.unwrap_or_else(|| "*".to_owned())),
        })
    }

    pub(super) fn expected<'s>(&'s self, spec: &'s Spec) -> Expected<'s> {
        match (&spec.git, &self.target) {
            (Some(git), _) => Expected::Git(git),
            (None, Target::Path(_)) => Expected::Path,
            (None, _) => Expected::Registry,
        }
    }
}

/// Whether the workspace lists the package as its member. Below a package that stands alone there may
/// be another's.
fn is_listed(view: &TeamView<'_>, root: Option<&RepoPath>, manifest: &RepoPath) -> bool {
    let members = root.and_then(|root| view.workspaces.members.get(root));
    members.is_some_and(|members| members.contains(manifest))
}
