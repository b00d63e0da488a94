use depaudit_portfolio::question::{Blast, MissedPatch, ReleaseHit, StandingOverride};
use depaudit_portfolio::report::PackageName;

use super::super::frame::Site;
use super::super::overrides;
use super::super::room::Asking;
use super::super::table::{Cell, Table};
use super::Links;

/// Each version in use, what it is, and for whom; the newest first.
pub(super) fn table(asking: &Asking, links: &Links, name: &PackageName, blast: &Blast) -> Table {
    let missed = asking.missed();
    let missed: Vec<_> = missed.missed.iter().filter(|it| it.name == *name).collect();
    let is_known = name.as_str().parse().is_ok_and(|name| asking.facts().releases(&name).is_some());
    let mut releases: Vec<_> = blast.releases.iter().collect();
    releases.sort_by(|a, b| b.version.cmp(&a.version));
    let row = |it: &&ReleaseHit| {
        let same = releases.iter().filter(|other| other.version == it.version).count();
        let (split, class) = if same > 1 { ("split", "hard") } else { ("one", "allowed") };
        vec![
            Cell::linked(&it.version, links.of_version(name, &it.version)),
            Cell::teams(links.site(), &it.teams),
            Cell::new(&it.identity),
            Cell::new(split).class(class),
            missing(&missed, is_known, it),
        ]
    };
    let columns = vec!["Version", "Teams", "What it is", "Identities", "Missed"];
    Table::brief("Versions in use", columns, &releases, row)
}

fn missing(missed: &[&MissedPatch], is_known: bool, it: &ReleaseHit) -> Cell {
    // A fork under the number of a release misses what the release misses, and more.
    match missed.iter().find(|miss| miss.locked == it.version) {
        Some(miss) => {
            let MissedPatch { newest, days_behind, .. } = miss;
            Cell::new(format!("{newest}, {days_behind} days behind")).class("soft")
        }
        None if is_known => Cell::new(""),
        None => Cell::new("not known"),
    }
}

/// What stands in its place.
pub(super) fn overrides(asking: &Asking, site: &Site, name: &PackageName) -> Table {
    let standing = asking.standing();
    let of_it: Vec<_> = standing.iter().filter(|it| it.package.as_ref() == Some(name)).collect();
    let cells = |it: &&StandingOverride| {
        vec![
            Cell::team(site, &it.team),
            Cell::new(&it.repository),
            overrides::place(it),
            Cell::new(it.kind.as_str()),
            overrides::target(it),
            Cell::new(it.standing.words()),
            Cell::new(format!("{} days", it.days)),
        ]
    };
    let columns = vec!["Team", "Repository", "Where", "By", "Takes instead", "Standing", "For"];
    Table::brief("Overrides", columns, &of_it, cells)
}
