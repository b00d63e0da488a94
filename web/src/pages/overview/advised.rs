//! Locked releases that an advisory is about.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use depaudit_policy::Advisory;
use depaudit_portfolio::report::{PackageName, Source};
use semver::Version;

use super::super::advice::Advice;
use super::super::room::Asking;
use super::super::rulings::AdvisoryBook;
use super::super::teams::mended;
use super::worst::{Worst, of_crate};

/// The first few, those that most teams lock first. What only informs, and what was taken back, is not among
/// them.
pub(super) fn worst(asking: &Asking, most: usize) -> Vec<Worst> {
    let AdvisoryBook::Read(book) = asking.advisories() else { return Vec::new() };
    let mut hits = Vec::new();
    for (name, same_name) in asking.portfolio().names() {
        let about = book.of_crate(name.as_str());
        if about.is_empty() {
            continue;
        }
        let mut versions = BTreeMap::<&Version, BTreeSet<TeamId>>::new();
        // Of a download nobody knows whether a lock still holds it.
        for it in same_name.iter().filter(|it| !it.received) {
            if it.package.source == Source::CratesIo && it.package.stand_in.is_none() {
                versions.entry(&it.package.version).or_default().insert(it.origin.team.clone());
            }
        }
        for (version, teams) in versions {
            let counts = |it: &&Advisory| !it.withdrawn && !it.informational;
            let found: Vec<_> =
                about.iter().filter(counts).filter(|it| it.affects(version)).collect();
            if !found.is_empty() {
                hits.push((name, version, teams, found));
            }
        }
    }
    // Stable: what hits as many stays in the order of names.
    hits.sort_by_key(|(_, _, teams, _)| std::cmp::Reverse(teams.len()));
    let hits = hits.into_iter().take(most);
    hits.map(|(name, version, teams, found)| of(name, version, teams, &found)).collect()
}

fn of(
    name: &PackageName,
    version: &Version,
    teams: BTreeSet<TeamId>,
    found: &[&Advisory],
) -> Worst {
    let ids: Vec<_> = found.iter().map(|it| &*it.id).collect();
    let mended: Vec<_> = found.iter().map(|it| format!("{} by {}", it.id, mended(it))).collect();
    Worst {
        page: of_crate(name),
        what: format!("{name} {version} is locked, and {} is about it", ids.join(", ")),
        whom: teams.into_iter().collect(),
        todo: Advice::Words(format!("take a release that mends it: {}", mended.join("; "))),
    }
}
