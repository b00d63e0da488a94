use super::effective::is_crates_io;
use crate::audit::TeamView;
use crate::cargo::config::{ConfigFile, SourcePlace};
use crate::files::RepoPath;
use crate::report::{Override, OverrideKind, Reach, State, Target};

/// Whether it is accounted for what a source replacement puts in place: an approved proxy, which
/// verifies and records; crates.io under another of its addresses; or a vendored tree that is
/// committed.
pub(crate) fn is_accounted_for(view: &TeamView<'_>, record: &Override) -> bool {
    match &record.target {
        Target::Registry(to) => {
            is_crates_io(&record.target) || view.policy.approves_proxy(&to.name).approved
        }
        Target::Directory(folder) => is_committed_tree(view, record, folder),
        _ => false,
    }
}

/// Whether the folder is a part of the repository, beside a lock, and no file in it differs from
/// what is listed: the commit says which bytes are built, and they are those that the lock asks
/// for.
fn is_committed_tree(view: &TeamView<'_>, record: &Override, folder: &str) -> bool {
    if record.reach != Some(Reach::Repository) || record.state == State::NoLock {
        return false;
    }
    // A record does not keep which file names the folder. Where several do, all have to be right.
    let mut trees = view.configs.all().filter(|(_, file)| names(file, folder)).peekable();
    trees.peek().is_some()
        && trees.all(|(_, file)| {
            let tree = file.base().join(folder).ok();
            let tree = tree.and_then(|tree| view.manifests.tree.real(&tree));
            tree.is_some_and(|tree| !has_differences(view, &tree))
        })
}

fn names(file: &ConfigFile, folder: &str) -> bool {
    let is_it =
        |place: &SourcePlace| matches!(place, SourcePlace::Directory(it) if **it == *folder);
    file.sources.iter().any(|table| table.place.as_ref().is_some_and(is_it))
}

fn has_differences(view: &TeamView<'_>, tree: &RepoPath) -> bool {
    view.overrides.iter().any(|record| {
        record.kind == OverrideKind::Vendored
            && !record.differs.is_empty()
            && record.location.path.is_within(tree)
    })
}
