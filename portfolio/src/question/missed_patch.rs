use std::cmp::Reverse;
use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_model::cargo::{Facts, PublishedRelease};
use depaudit_policy::Day;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::behind::days_behind;
use super::sought;
use super::spread::versions;
use crate::report::{PackageName, Source};
use crate::{Locked, Portfolio};

/// Who is behind a patch release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissedPatches {
    /// The releases, those that have been behind for longest first.
    pub missed: Vec<MissedPatch>,
    /// How many locked releases were judged.
    pub known: usize,
    /// How many could not be: what has been published of them, or when, nobody knows here. They have
    /// neither passed nor failed.
    pub not_known: usize,
    /// The crates of these, the first few.
    #[schema(value_type = Vec<String>)]
    pub not_known_such_as: Vec<PackageName>,
    /// All of these.
    pub not_judged: Vec<NotJudged>,
}

/// A locked release of which nobody knows here whether it misses a patch release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotJudged {
    /// The crate.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// The version that is locked.
    #[schema(value_type = String)]
    pub locked: Version,
    /// Who locks it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

impl MissedPatches {
    /// How many crates are named of which nothing is known.
    const SUCH_AS: usize = 5;

    /// Whether there is no answer at all: nothing was judged of what there is.
    #[must_use]
    pub const fn is_not_known(&self) -> bool {
        self.known == 0 && self.not_known > 0
    }

    fn leave_out(&mut self, name: &PackageName, locked: &Version, teams: BTreeSet<TeamId>) {
        self.not_known += 1;
        self.not_judged.push(NotJudged { name: name.clone(), locked: locked.clone(), teams });
        if self.not_known_such_as.last() != Some(name)
            && self.not_known_such_as.len() < Self::SUCH_AS
        {
            self.not_known_such_as.push(name.clone());
        }
    }
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
    /// The newest patch release that has been out for longer than the policy's patience.
    #[schema(value_type = String)]
    pub newest: Version,
    /// For how many days it has been out.
    pub days: u64,
    /// For how many days there has been one that is newer than what is locked, as drift counts it.
    pub days_behind: u64,
    /// Who misses it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

/// Every locked release of crates.io that has missed a patch release (same major and minor version,
/// not withdrawn, no pre-release) for more than `patience` days, as rule DRF02 judges it.
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
        let proven: BTreeSet<_> =
            same_name.iter().filter(from_crates_io).map(|it| &it.package.version).collect();
        for same in versions(&same_name) {
            let teams: BTreeSet<_> =
                same.iter().filter(from_crates_io).map(|it| it.origin.team.clone()).collect();
            let Some(first) = same.first().filter(|_| !teams.is_empty()) else { continue };
            let locked = &first.package.version;
            if !has_patch_releases(locked) {
                continue;
            }
            let judged = releases.as_deref().map(|it| judge(locked, it, &proven, today, patience));
            match judged.unwrap_or(Judgement::NotKnown) {
                Judgement::NotKnown => answer.leave_out(name, locked, teams),
                Judgement::Current => answer.known += 1,
                Judgement::Missed { newest, days, days_behind } => {
                    answer.known += 1;
                    let (name, locked) = (name.clone(), locked.clone());
                    let missed = MissedPatch { name, locked, newest, days, days_behind, teams };
                    answer.missed.push(missed);
                }
            }
        }
    }
    answer.missed.sort_by_key(|it| Reverse((it.days_behind, it.teams.len())));
    answer
}

/// Pre-releases and `0.0.x`, where no release is compatible with another, have none.
fn has_patch_releases(version: &Version) -> bool {
    version.pre.is_empty() && (version.major, version.minor) != (0, 0)
}

enum Judgement {
    Missed { newest: Version, days: u64, days_behind: u64 },
    Current,
    NotKnown,
}

/// What is published against what is locked. `proven` are the versions that locks hold: what is published
/// and does not have them is older than they are.
fn judge(
    locked: &Version,
    releases: &[PublishedRelease],
    proven: &BTreeSet<&Version>,
    today: Day,
    patience: u16,
) -> Judgement {
    let is_newer = |version: &Version| {
        (version.major, version.minor) == (locked.major, locked.minor)
            && version.patch > locked.patch
            && version.pre.is_empty()
    };
    let newer = || releases.iter().filter(|release| is_newer(&release.version));
    let out_for = |release: &PublishedRelease| {
        u64::try_from(today.days_since(Day::of(release.published?))).ok()
    };
    let missed = newer().filter(|release| release.is_stable()).filter_map(|release| {
        let days = out_for(release)?;
        (days > u64::from(patience)).then_some((&release.version, days))
    });
    if let Some((newest, days)) = missed.max_by(|(a, _), (b, _)| a.cmp_precedence(b)) {
        let days_behind = days_behind(locked, newest, releases, today).unwrap_or(days);
        return Judgement::Missed { newest: newest.clone(), days, days_behind };
    }
    let unclear = newer().any(|release| {
        release.is_or_may_be_stable() && (release.yanked.is_none() || release.published.is_none())
    });
    let is_listed = |version: &Version| releases.iter().any(|release| release.version == *version);
    let is_old = proven
        .iter()
        .any(|version| (*version == locked || is_newer(version)) && !is_listed(version));
    if unclear || is_old { Judgement::NotKnown } else { Judgement::Current }
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
        assert_eq!((answer.known, missed.days_behind, answer.is_not_known()), (2, 15, false));
        let unheard: Vec<_> = answer.not_known_such_as.iter().map(|it| it.as_str()).collect();
        assert_eq!(unheard, ["unheard"]);
        let [it] = answer.not_judged.as_slice() else { panic!("{answer:?}") };
        let teams: Vec<_> = it.teams.iter().map(TeamId::as_str).collect();
        assert_eq!((it.locked.to_string().as_str(), teams), ("1.0.0", vec!["payments"]));
    }

    #[test]
    fn what_nobody_can_know_is_no_patch_that_nobody_misses() {
        let portfolio = portfolio([("payments", Drawn::new("a").package("shared", "1.2.0"))]);
        let on = |facts: &dyn Facts| {
            let answer = missed_patches(&portfolio, facts, "2026-03-01".parse().unwrap(), 14);
            (answer.missed.len(), answer.known, answer.not_known, answer.is_not_known())
        };
        assert_eq!(on(&depaudit_model::cargo::Absent), (0, 0, 1, true));
        let undated = &["shared 1.2.0 2026-01-01", "shared 1.2.1 -"];
        assert_eq!(on(&Published::new(undated)), (0, 0, 1, true));
        // What is stored is older than the lock.
        assert_eq!(on(&Published::new(&["shared 1.1.0 2026-01-01"])), (0, 0, 1, true));
        assert_eq!(on(&Published::new(&["shared 1.2.0 2026-01-01"])), (0, 1, 0, false));
    }

    #[test]
    fn a_young_patch_release_hides_no_old_one() {
        let portfolio = portfolio([("payments", Drawn::new("a").package("shared", "1.2.0"))]);
        let facts = Published::new(&[
            "shared 1.2.0 2026-01-01",
            "shared 1.2.1 2026-01-30",
            "shared 1.2.2 2026-02-09",
            "shared 1.2.3 2026-02-28",
        ]);
        let answer = missed_patches(&portfolio, &facts, "2026-03-01".parse().unwrap(), 14);
        let [missed] = answer.missed.as_slice() else { panic!("{answer:?}") };
        assert_eq!((missed.newest.to_string().as_str(), missed.days), ("1.2.2", 20));
        assert_eq!(missed.days_behind, 30);
    }
}
