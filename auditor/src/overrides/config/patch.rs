use super::{Context, Merged};
use crate::audit::TeamView;
use crate::cargo::config::ConfigFile;
use crate::cargo::manifest::Patch;
use crate::cargo::source::SourceKey;
use crate::files::RepoPath;
use crate::overrides::patch::Put;
use crate::overrides::state::state_in;
use crate::report::{Layer, Location, Override, OverrideKind, State};

/// `[patch]` in configuration, as far as it acts in `context`.
pub(super) fn collect(view: &TeamView<'_>, context: &Context<'_>, merged: &mut Merged) {
    for (file, patch) in context.stack.patches() {
        let source = SourceKey::new(&patch.source_key, |name| context.stack.registry(name));
        let mut record = record(view, file, patch, source, Some(context.root));
        let put = Put::read(view, &file.base(), &patch.spec, Some(context.root));
        let expected = put.expected(&patch.spec);
        (record.state, record.locked) = state_in(context.lock, patch.package(), expected);
        merged.add(record);
    }
}

/// The entries that act nowhere: no workspace is near, or a nearer file has the same entry.
pub(super) fn collect_ignored(view: &TeamView<'_>, merged: &mut Merged) {
    for (_, file) in view.configs.all() {
        for patch in &file.patches {
            if !merged.knows(&Location::new(&file.path, patch.span)) {
                let source = SourceKey::new(&patch.source_key, |_| None);
                merged.add(record(view, file, patch, source, None));
            }
        }
    }
}

fn record(
    view: &TeamView<'_>,
    file: &ConfigFile,
    patch: &Patch,
    source: SourceKey,
    root: Option<&RepoPath>,
) -> Override {
    let put = Put::read(view, &file.base(), &patch.spec, root);
    Override {
        kind: OverrideKind::ConfigPatch,
        layer: Layer::Config,
        source: Some(source),
        package: Some(patch.package().to_owned()),
        version: put.version,
        target: put.target,
        reach: put.reach,
        state: State::Ignored,
        locked: Vec::new(),
        differs: Vec::new(),
        folder: put.folder,
        compared: Vec::new(),
        workspace: root.map(RepoPath::folder),
        location: Location::new(&file.path, patch.span),
    }
}
