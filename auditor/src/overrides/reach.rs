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

/// Whether the manifest belongs to the workspace, or lies below the package that stands alone.
fn belongs(view: &TeamView<'_>, root: &RepoPath, manifest: &RepoPath) -> bool {
    match view.workspaces.members.get(root) {
        Some(members) => members.contains(manifest),
        None => {
            view.workspaces.classes.get(root) == Some(&Class::Standalone)
                && manifest.is_within(&root.folder())
        }
    }
}
