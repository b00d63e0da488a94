use crate::audit::TeamView;
use crate::cargo::config::{Chain, Stack};
use crate::cargo::lock::Lock;
use crate::files::RepoPath;

/// Somebody runs cargo in a folder of a workspace, and this is the configuration that counts then.
#[derive(Debug)]
pub(in crate::overrides) struct Context<'v> {
    /// The manifest of the workspace's root, or of the package that stands alone.
    pub(super) root: &'v RepoPath,
    pub(super) stack: Stack<'v>,
    pub(super) lock: Option<&'v Lock>,
}

impl<'v> Context<'v> {
    /// The sources that configuration replaces here.
    pub(in crate::overrides) fn chains(&self) -> Vec<Chain<'v>> {
        self.stack.chains()
    }

    /// The workspace's lock.
    pub(in crate::overrides) fn lock(&self) -> Option<&'v Lock> {
        self.lock
    }
}

/// The contexts worth looking at: for each workspace its root, and every folder below it that has
/// configuration of its own. What is configured in a member counts only for those who run cargo
/// in it.
pub(in crate::overrides) fn contexts<'v>(view: &'v TeamView<'_>) -> Vec<Context<'v>> {
    let context = |root, cwd: &RepoPath| Context {
        root,
        stack: Stack::of(&view.configs, cwd),
        lock: view.lock_of(root),
    };
    let mut found: Vec<_> =
        view.workspaces.effective_roots().map(|root| context(root, &root.folder())).collect();
    for folder in view.configs.folders() {
        if let Some(root) = view.workspaces.root_around(folder)
            && root.folder() != *folder
        {
            found.push(context(root, folder));
        }
    }
    found
}
