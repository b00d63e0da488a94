use super::{Context, Merged};
use crate::audit::TeamView;
use crate::cargo::config::{ConfigFile, ConfigPath};
use crate::cargo::lock::Lock;
use crate::files::RepoPath;
use crate::report::{
    Layer, Location, Locked, Override, OverrideKind, Reach, SourceKey, State, Target,
};

/// `paths` in configuration: every package found below such a folder replaces whatever has its
/// name, at any version, and the lock does not change.
pub(super) fn collect(view: &TeamView<'_>, context: &Context<'_>, merged: &mut Merged) {
    for file in context.stack.files() {
        for path in &file.paths {
            // Whoever works on the copy itself overrides nothing with it.
            if folder_of(view, file, path).is_some_and(|it| context.root.is_within(&it)) {
                continue;
            }
            for mut record in records(view, file, path, Some(context.root)) {
                if let Some(package) = &record.package {
                    (record.state, record.locked) = state_of(context.lock, package);
                } else {
                    record.state = State::Pending;
                }
                merged.add(record);
            }
        }
    }
}

/// The entries near which there is no workspace.
pub(super) fn collect_ignored(view: &TeamView<'_>, merged: &mut Merged) {
    for (_, file) in view.configs.all() {
        for path in &file.paths {
            if !merged.knows(&Location::new(&file.path, path.span)) {
                records(view, file, path, None).into_iter().for_each(|record| merged.add(record));
            }
        }
    }
}

/// One record for each package in the folder; one without a package when none can be seen.
fn records(
    view: &TeamView<'_>,
    file: &ConfigFile,
    path: &ConfigPath,
    root: Option<&RepoPath>,
) -> Vec<Override> {
    let record = |package: Option<(String, Option<String>)>, folder, reach| {
        let (package, version) = package.unzip();
        Override {
            kind: OverrideKind::ConfigPaths,
            layer: Layer::Config,
            source: Some(SourceKey::CratesIo),
            package,
            version: version.flatten(),
            target: Target::Path(path.path.clone().into()),
            reach: Some(reach),
            state: State::Ignored,
            locked: Vec::new(),
            differs: Vec::new(),
            folder,
            compared: Vec::new(),
            workspace: root.map(RepoPath::folder),
            location: Location::new(&file.path, path.span),
        }
    };
    let Some(folder) = folder_of(view, file, path) else {
        return vec![record(None, None, Reach::Outside)];
    };
    let below = view.manifests.all().filter(|manifest| manifest.path.is_within(&folder));
    let packages = below.filter_map(|manifest| {
        let name = manifest.package.as_ref()?.name.as_deref()?;
        let version = view.manifests.version_of(&manifest.path).map(str::to_owned);
        let folder = Some(manifest.folder());
        Some(record(Some((name.to_owned(), version)), folder, Reach::Repository))
    });
    let records: Vec<_> = packages.collect();
    if records.is_empty() { vec![record(None, None, Reach::Missing)] } else { records }
}

fn state_of(lock: Option<&Lock>, package: &str) -> (State, Vec<Locked>) {
    let Some(lock) = lock else { return (State::NoLock, Vec::new()) };
    let locked: Vec<_> = lock.named(package).iter().map(|it| Locked::new(lock, it)).collect();
    (if locked.is_empty() { State::Unused } else { State::Used }, locked)
}

/// The folder below the root that an entry names.
fn folder_of(view: &TeamView<'_>, file: &ConfigFile, path: &ConfigPath) -> Option<RepoPath> {
    view.manifests.tree.real(&file.base().join(&path.path).ok()?)
}
