use crate::audit::TeamView;
use crate::cargo::workspace::{Class, Lookup};
use crate::files::RepoPath;
use crate::report::Reach;

/// How far the folder `text`, named in `folder`, lies from the workspace at `root`, and its
/// manifest where there is one.
pub(super) fn reach(
    view: &TeamView<'_>,
    folder: &RepoPath,
    text: &str,
    root: Option<&RepoPath>,
) -> (Reach, Option<RepoPath>) {
    let Ok(target) = folder.join(text) else { return (Reach::Outside, None) };
    let manifest = target.child("Cargo.toml");
    if view.manifests.tree.real(&manifest).is_none() {
        return (Reach::Outside, None);
    }
    if matches!(view.manifests.at(&manifest), Lookup::Missing) {
        return (Reach::Missing, None);
    }
    let is_member = root.is_some_and(|root| belongs(view, root, &manifest));
    (if is_member { Reach::Member } else { Reach::Repository }, Some(manifest))
}

/// Whether the manifest is the workspace's root or one of its members. A package that stands alone has no
/// other: a folder below it is another workspace for Cargo, though the repository's own.
fn belongs(view: &TeamView<'_>, root: &RepoPath, manifest: &RepoPath) -> bool {
    match view.workspaces.members.get(root) {
        Some(members) => members.contains(manifest),
        None => manifest == root,
    }
}

/// How far what a dependency names by its path lies: a folder below the package that stands alone and
/// depends on it is as ordinary as a member. For what replaces a release, it is not: the fork in
/// `third_party/` lies there, too.
pub(super) fn reach_of_dependency(
    view: &TeamView<'_>,
    folder: &RepoPath,
    text: &str,
    root: Option<&RepoPath>,
) -> (Reach, Option<RepoPath>) {
    let (reach, manifest) = reach(view, folder, text, root);
    let root = root.filter(|it| view.workspaces.classes.get(*it) == Some(&Class::Standalone));
    let is_below = |it: &RepoPath| root.is_some_and(|root| it.is_within(&root.folder()));
    let is_part = reach == Reach::Repository && manifest.as_ref().is_some_and(is_below);
    (if is_part { Reach::Member } else { reach }, manifest)
}
