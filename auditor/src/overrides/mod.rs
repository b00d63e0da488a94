//! Builds the override records of one team, one file for each mechanism.

mod accounted;
mod ci;
mod config;
mod dependency;
mod effective;
pub(crate) mod environment;
mod patch;
mod reach;
mod replace;
mod state;
#[cfg(test)]
mod tests;
mod vendored;

pub(crate) use accounted::is_accounted_for;
pub(crate) use effective::{Detour, configuration, detour, is_filled_in_later};

use crate::audit::TeamView;
use crate::report::Override;

/// Every override of a team, in the order of their places.
pub(crate) fn collect(view: &TeamView<'_>) -> Vec<Override> {
    let mut found = Vec::new();
    dependency::collect(view, &mut found);
    patch::collect(view, &mut found);
    replace::collect(view, &mut found);
    ci::collect(view, &mut found);
    if let Some(environment) = view.environment {
        environment::collect(environment, &mut found);
    }
    let contexts = config::contexts(view);
    config::collect(view, &contexts, &mut found);
    vendored::collect(view, &contexts, &mut found);
    found.sort_by(|a, b| a.location.cmp(&b.location));
    found
}
