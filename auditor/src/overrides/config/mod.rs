//! Overrides in Cargo's configuration, looked at from every folder in which somebody may run cargo.

mod alias;
mod context;
mod merge;
mod patch;
mod paths;
mod source;

pub(super) use context::{Context, contexts};
use merge::Merged;
pub(super) use source::target_of_chain;

use crate::audit::TeamView;
use crate::report::Override;

/// Overrides in configuration. One record for each entry, however many folders it counts in.
pub(super) fn collect(view: &TeamView<'_>, contexts: &[Context<'_>], found: &mut Vec<Override>) {
    let mut merged = Merged::default();
    for context in contexts {
        patch::collect(view, context, &mut merged);
        paths::collect(view, context, &mut merged);
        source::collect(view, context, &mut merged);
    }
    patch::collect_ignored(view, &mut merged);
    paths::collect_ignored(view, &mut merged);
    found.extend(merged.into_records());
    alias::collect(view, found);
}
