use std::cmp::Reverse;
use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_model::cargo::{Facts, PublishedRelease};
use depaudit_policy::Day;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::sought;
use super::spread::versions;
use crate::report::{PackageName, Source};
use crate::{Locked, Portfolio};

/// Who is behind a patch release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissedPatches {
    /// The releases, the longest missed first.
    pub missed: Vec<MissedPatch>,
    /// How many locked releases nothing is known of: they have neither passed nor failed.
    pub not_known: usize,
}

/// A locked release for which a newer patch release is out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissedPatch {
    /// The crate.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// The version that is locked.
    #[schema(value_type = String)]
    pub locked: Version,
    /// The newest patch release.
    #[schema(value_type = String)]
    pub newest: Version,
    /// For how many days it has been out.
    pub days: u64,
    /// Who misses it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

/// Every locked release of crates.io that has missed a patch release (same major and minor version,
/// not withdrawn, no pre-release) for more than `patience` days (rule DRF02).
#[must_use]
pub fn missed_patches(
    portfolio: &Portfolio,
    facts: &dyn Facts,
    today: Day,
    patience: u16,
) -> MissedPatches {
    let mut answer = MissedPatches::default();
    for (name, same_name) in portfolio.names() {
        // Of a download nobody knows whether a lock still holds it.
        let from_crates_io =
            |it: &&Locked<'_>| it.package.source == Source::CratesIo && !it.received;
        if !same_name.iter().any(|it| from_crates_io(&it)) {
            continue;
        }
        let releases = sought::releases(name, facts);
        for same in versions(&same_name) {
            let teams: BTreeSet<_> =
                same.iter().filter(from_crates_io).map(|it| it.origin.team.clone()).collect();
            let Some(first) = same.first().filter(|_| !teams.is_empty()) else { continue };
            let locked = &first.package.version;
            match &releases {
                _ if !has_patch_releases(locked) => {}
                None => answer.not_known += 1,
                Some(releases) => {
                    let Some((newest, days)) = newest_missed(locked, releases, today) else {
                        continue;
                    };
                    if days > u64::from(patience) {
                        let (name, locked) = (name.clone(), locked.clone());
                        answer.missed.push(MissedPatch { name, locked, newest, days, teams });
                    }
                }
            }
        }
    }
    answer.missed.sort_by_key(|it| Reverse((it.days, it.teams.len())));
    answer
}

/// Pre-releases and `0.0.x`, where no release is compatible with another, have none.
fn has_patch_releases(version: &Version) -> bool {
    version.pre.is_empty() && (version.major, version.minor) != (0, 0)
}

fn newest_missed(
    locked: &Version,
    releases: &[PublishedRelease],
    today: Day,
) -> Option<(Version, u64)> {
    let is_newer = |release: &&PublishedRelease| {
        let version = &release.version;
        (version.major, version.minor) == (locked.major, locked.minor)
            && version.patch > locked.patch
            && release.is_stable()
    };
    let newest =
        releases.iter().filter(is_newer).max_by(|a, b| a.version.cmp_precedence(&b.version));
    let newest = newest?;
    let days = today.days_since(Day::of(newest.published?));
    Some((newest.version.clone(), u64::try_from(days).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Drawn, Published, portfolio};

    #[test]
    fn who_stands_on_1_2_0_while_1_2_1_is_out() {
        let portfolio = portfolio([
            ("payments", Drawn::new("a").package("shared", "1.2.0").package("unheard", "1.0.0")),
            ("search", Drawn::new("b").package("shared", "1.2.0").package("shared", "1.1.0")),
            ("web", Drawn::new("c").git("shared", "1.2.0", "https://git.example/shared")),
        ]);
        let facts = Published::new(&[
            "shared 1.1.0 2025-12-01",
            "shared 1.2.0 2026-01-01",
            "shared 1.2.1 2026-02-01",
            "shared 1.2.2 2026-02-02 yanked",
            "shared 1.2.3-rc.1 2026-02-03",
        ]);
        let on = |today: &str| missed_patches(&portfolio, &facts, today.parse().unwrap(), 14);
        assert_eq!(on("2026-02-15").missed, []);
        let answer = on("2026-02-16");
        let [missed] = answer.missed.as_slice() else { panic!("{answer:?}") };
        assert_eq!((missed.newest.to_string().as_str(), missed.days), ("1.2.1", 15));
        let teams: Vec<_> = missed.teams.iter().map(TeamId::as_str).collect();
        assert_eq!((teams, answer.not_known), (vec!["payments", "search"], 1));
    }
}
