//! For how long a locked version has been behind: the one definition that every answer uses.

use std::collections::BTreeMap;

use depaudit_model::TeamId;
use depaudit_model::cargo::PublishedRelease;
use depaudit_policy::Day;
use semver::{Prerelease, Version};

use super::Drift;

/// For how many days there has been a release that is newer than a locked version, and not newer than the
/// one that it is compared with: as long could it have been updated. `None` where nobody knows when any
/// of these was published.
///
/// The age of the newest alone would make a team look up to date each time that another one updates.
pub(super) fn days_behind(
    locked: &Version,
    up_to: &Version,
    releases: &[PublishedRelease],
    today: Day,
) -> Option<u64> {
    let locked = stands_in_for(locked, releases);
    let newer = releases.iter().filter(|release| {
        let version = &release.version;
        let wanted = release.is_or_may_be_stable() || version == up_to;
        wanted && *version > locked && version <= up_to
    });
    let first = newer.filter_map(|release| release.published).min()?;
    // By a clock that is behind, it has not been published yet.
    Some(u64::try_from(today.days_since(Day::of(first))).unwrap_or(0))
}

/// A copy numbered `1.2.0-b1` that nobody published is compared as 1.2.0: it stands in for that release.
fn stands_in_for(locked: &Version, releases: &[PublishedRelease]) -> Version {
    if locked.pre.is_empty() || releases.iter().any(|release| release.version == *locked) {
        return locked.clone();
    }
    Version { pre: Prerelease::EMPTY, ..locked.clone() }
}

/// How far behind a team is, over all crates that drift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TeamBehind {
    /// The crates of which it has the newest version in use.
    pub ahead: usize,
    /// The crates of which it has an older one. What it has of both kinds counts here as well.
    pub behind: usize,
    /// The sum of the days behind, of several old versions of a crate the longest, as far as it is known.
    pub days: u64,
    /// The crates of `behind` of which nobody knows for how long.
    pub not_known: usize,
    /// The sum of the scores of these crates.
    pub score: u64,
}

impl Drift {
    /// How far behind each team is that has a crate that drifts.
    #[must_use]
    pub fn behind(&self) -> BTreeMap<&TeamId, TeamBehind> {
        let mut teams = BTreeMap::<&TeamId, TeamBehind>::new();
        for it in &self.crates {
            let mut versions = it.versions.iter();
            for team in versions.next().iter().flat_map(|newest| &newest.teams) {
                teams.entry(team).or_default().ahead += 1;
            }
            let mut behind = BTreeMap::<&TeamId, Option<u64>>::new();
            for used in versions {
                for team in &used.teams {
                    let days = behind.entry(team).or_default();
                    *days = used.days_behind.max(*days);
                }
            }
            for (team, days) in behind {
                let known = teams.entry(team).or_default();
                known.behind += 1;
                known.days = known.days.saturating_add(days.unwrap_or(0));
                known.not_known += usize::from(days.is_none());
                known.score = known.score.saturating_add(it.score);
            }
        }
        teams
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::Facts;

    use super::*;
    use crate::testing::Published;

    fn days(locked: &str, up_to: &str, lines: &[&str]) -> Option<u64> {
        let releases = Published::new(lines).releases(&"shared".parse().unwrap()).unwrap();
        let today = "2026-03-02".parse().unwrap();
        days_behind(&locked.parse().unwrap(), &up_to.parse().unwrap(), &releases, today)
    }

    #[test]
    fn it_begins_with_the_first_release_that_could_have_been_taken() {
        let lines = &[
            "shared 1.2.0 2020-01-01",
            "shared 1.2.1 2026-02-01 yanked",
            "shared 1.2.2 2026-02-20",
            "shared 1.3.0 2026-03-01",
        ];
        assert_eq!(days("1.2.0", "1.3.0", lines), Some(10));
        assert_eq!(days("1.2.2", "1.3.0", lines), Some(1));
        assert_eq!(days("1.2.0", "1.2.1", lines), Some(29), "it is compared with this one");
        assert_eq!(days("1.2.0-acme.1", "1.3.0", lines), Some(10), "it stands in for 1.2.0");
        assert_eq!(days("1.2.0", "1.2.0", lines), None);
        assert_eq!(days("1.3.0", "1.4.0", lines), None);
        assert_eq!(days("1.2.0", "1.2.1", &["shared 1.2.1 2026-03-03"]), Some(0));
    }
}
