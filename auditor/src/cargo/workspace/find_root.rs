use crate::cargo::manifest::{Manifest, WorkspaceTable};
use crate::files::RepoPath;

use super::manifests::manifest_in;
use super::{Lookup, Manifests};

/// Where a package's workspace root is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootOf {
    /// At this manifest, which may not exist: a pointer is believed.
    At(RepoPath),
    /// Above what was scanned.
    Outside,
    /// There is none: the package is its own root.
    Nowhere,
}

/// Finds the root of the manifest at `path`: itself when it has `[workspace]`; where its
/// `package.workspace` points; or the first folder above it whose manifest has `[workspace]` and
/// does not exclude it. On the way up, a member that points to its root decides, too.
pub(crate) fn find_root(manifests: &Manifests<'_>, path: &RepoPath) -> RootOf {
    if let Some(manifest) = manifests.get(path) {
        if manifest.workspace.is_some() {
            return RootOf::At(path.clone());
        }
        if let Some(root) = pointed_root(manifest, path) {
            return root;
        }
    }
    let mut folder = path.folder();
    while let Some(above) = folder.parent() {
        folder = above;
        let candidate = manifest_in(&folder);
        let Lookup::Read(manifest) = manifests.at(&candidate) else { continue };
        match &manifest.workspace {
            Some(table) if !is_excluded(table, &folder, path) => return RootOf::At(candidate),
            Some(_) => {}
            None => {
                if let Some(root) = pointed_root(manifest, &candidate) {
                    return root;
                }
            }
        }
    }
    RootOf::Nowhere
}

fn pointed_root(manifest: &Manifest, path: &RepoPath) -> Option<RootOf> {
    let pointer = manifest.package.as_ref()?.workspace.as_deref()?;
    let folder = path.folder().join(pointer);
    Some(folder.map_or(RootOf::Outside, |folder| RootOf::At(manifest_in(&folder))))
}

/// Whether the root in `folder` excludes `path`. Both lists hold prefixes here, not patterns: a
/// path under `exclude` is excluded unless `members` names one of its prefixes literally.
pub(super) fn is_excluded(table: &WorkspaceTable, folder: &RepoPath, path: &RepoPath) -> bool {
    let names = |prefix: &str| folder.join(prefix).is_ok_and(|prefix| path.is_within(&prefix));
    table.exclude.iter().any(|prefix| names(prefix))
        && !table.members.iter().any(|(member, _)| names(member))
}
