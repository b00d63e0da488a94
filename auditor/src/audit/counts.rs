use super::TeamView;
use crate::cargo::lock::{Lock, LockVersion, PackageSource};
use crate::cargo::manifest::Dependency;
use crate::cargo::source::GitReference;
use crate::cargo::workspace::Class;
use crate::report::Counts;

/// Counts what a team has.
pub(super) fn count(view: &TeamView<'_>) -> Counts {
    let mut counts = Counts {
        manifests: view.manifests.len(),
        unparsable: view.manifests.unreadable(),
        ..Counts::default()
    };
    for class in view.workspaces.classes.values() {
        match class {
            Class::Root => counts.roots += 1,
            Class::Standalone => counts.standalone += 1,
            Class::Orphan => counts.orphans += 1,
            Class::Member(_) | Class::NoCrate => {}
        }
    }
    let is_package = |path| view.manifests.get(path).is_some_and(|it| it.package.is_some());
    let members = view.workspaces.members.values().flatten();
    counts.members = members.filter(|path| is_package(path)).count();
    for dependency in view.manifests.all().flat_map(|manifest| &manifest.dependencies) {
        count_dependency(dependency, &mut counts);
    }
    view.locks.values().for_each(|lock| count_lock(lock, &mut counts));
    counts
}

fn count_dependency(dependency: &Dependency, counts: &mut Counts) {
    let spec = &dependency.spec;
    counts.path_dependencies += usize::from(spec.path.is_some());
    counts.inherited += usize::from(spec.inherited);
    counts.renamed += usize::from(dependency.is_renamed());
    if let Some(git) = &spec.git {
        let by_reference = &mut counts.git_dependencies;
        let count = match git.reference {
            _ if git.ambiguous => &mut by_reference.multiple,
            GitReference::None => &mut by_reference.none,
            GitReference::Rev(_) => &mut by_reference.rev,
            GitReference::Tag(_) => &mut by_reference.tag,
            GitReference::Branch(_) => &mut by_reference.branch,
        };
        *count += 1;
    }
}

fn count_lock(lock: &Lock, counts: &mut Counts) {
    let by_version = &mut counts.locks;
    let count = match lock.version {
        LockVersion::V1 => &mut by_version.v1,
        LockVersion::V2 => &mut by_version.v2,
        LockVersion::V3 => &mut by_version.v3,
        LockVersion::V4 => &mut by_version.v4,
        LockVersion::Unknown => &mut by_version.unknown,
    };
    *count += 1;
    for package in &lock.packages {
        let by_source = &mut counts.lock_packages;
        let count = match &*package.source {
            PackageSource::Path => &mut by_source.path,
            PackageSource::CratesIo => &mut by_source.crates_io,
            PackageSource::Git { .. } => &mut by_source.git,
            PackageSource::Other(_) => &mut by_source.other,
        };
        *count += 1;
    }
    let same_name = lock.packages.chunk_by(|a, b| a.name == b.name);
    let versions_differ = |same: &[_]| {
        let first: Option<&crate::cargo::lock::LockedPackage> = same.first();
        first.is_some_and(|first| same.iter().any(|other| other.version != first.version))
    };
    counts.multi_version += same_name.filter(|same| versions_differ(same)).count();
}
