use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_model::cargo::Facts;
use depaudit_policy::Day;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::behind::days_behind;
use super::spread::{NameSpread, VersionSpread, by_downloads, versions};
use super::{SplitCause, sought};
use crate::report::PackageName;
use crate::{Locked, Portfolio};

/// The crates on which teams differ, and how the order came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Drift {
    /// How the score is computed.
    pub formula: DriftFormula,
    /// The crates, the highest score first.
    pub crates: Vec<Drifting>,
}

/// The formula of a score, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DriftFormula {
    /// The formula.
    #[schema(value_type = String)]
    pub score: &'static str,
    /// The first factor.
    #[schema(value_type = String)]
    pub teams: &'static str,
    /// The second.
    #[schema(value_type = String)]
    pub skew: &'static str,
    /// What stands in the third.
    #[schema(value_type = String)]
    pub days: &'static str,
    /// The fourth.
    #[schema(value_type = String)]
    pub integrity: &'static str,
}

impl DriftFormula {
    /// The one there is: [`Drifting::score`] computes it.
    pub const CURRENT: Self = Self {
        score: "teams x skew x (30 + days) / 30 x integrity, rounded down",
        teams: "how many teams lock the crate from somewhere else than a folder; of a team that has \
                never reported, what it downloaded in the last 30 days, of each line of compatible \
                versions the newest",
        skew: "1 where versions differ in the patch release alone, 2 in the minor one, 4 where they \
               are not compatible",
        days: "for how many days there has been a release newer than a version in use, up to the newest \
               one in use; of several versions the most; 0 where it is not known",
        integrity: "1 where all take it from the same source, 2 where some take it from git or a \
                    folder, 4 where one version has two checksums or a folder stands in unseen",
    };
}

/// A crate on which teams differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Drifting {
    /// The crate.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// How bad it is, by [`DriftFormula::CURRENT`].
    pub score: u64,
    /// How many teams lock it.
    pub teams: usize,
    /// How far apart its versions are.
    pub skew: Skew,
    /// For how many days the version in use that has been behind for longest has been; absent where not known.
    pub days: Option<u64>,
    /// Whether it is the same for all where it has the same version.
    pub integrity: Integrity,
    /// The versions in use, the newest first.
    pub versions: Vec<VersionInUse>,
}

/// A version that some team locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionInUse {
    /// The version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Who locks it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
    /// Those of them that have never reported: they downloaded it, and what they lock is not known.
    #[schema(value_type = Vec<String>)]
    pub by_downloads: BTreeSet<TeamId>,
    /// For how many days there has been a release newer than it, up to the newest version in use; 0 for that
    /// one, absent where not known.
    pub days_behind: Option<u64>,
}

/// How far apart two versions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Skew {
    /// They differ in the patch release, or in what stands behind it.
    Patch,
    /// They are compatible, with another minor version.
    Minor,
    /// They are on more than one line of compatible versions.
    Incompatible,
}

/// Whether a crate is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Integrity {
    /// All take it from the same kind of source.
    Same,
    /// Some take it from git or a folder, others from the default registry.
    SplitSource,
    /// One version has two checksums, or a folder stands in where the lock shows nothing.
    SplitBytes,
}

impl Skew {
    const fn weight(self) -> u64 {
        match self {
            Self::Patch => 1,
            Self::Minor => 2,
            Self::Incompatible => 4,
        }
    }
}

impl Integrity {
    const fn weight(self) -> u64 {
        match self {
            Self::Same => 1,
            Self::SplitSource => 2,
            Self::SplitBytes => 4,
        }
    }
}

/// Every crate that teams share and lock at more than one version.
#[must_use]
pub fn drift(portfolio: &Portfolio, facts: &dyn Facts, today: Day) -> Drift {
    let names = portfolio.names();
    let mut crates: Vec<_> =
        names.filter_map(|(name, same)| drifting(name, &same, facts, today)).collect();
    // Stable: what is equally bad stays in the order of names.
    crates.sort_by_key(|it| std::cmp::Reverse(it.score));
    Drift { formula: DriftFormula::CURRENT, crates }
}

fn drifting(
    name: &PackageName,
    same_name: &[Locked<'_>],
    facts: &dyn Facts,
    today: Day,
) -> Option<Drifting> {
    let spread = NameSpread::of(same_name);
    if !spread.drifts() {
        return None;
    }
    let releases = sought::releases(name, facts).unwrap_or_default();
    let newest = *spread.versions.keys().next_back()?;
    let behind = |version: &Version| {
        if version == newest { Some(0) } else { days_behind(version, newest, &releases, today) }
    };
    let versions = spread.versions.iter().rev().map(|(version, teams)| VersionInUse {
        version: (*version).clone(),
        teams: teams.iter().map(|team| (*team).clone()).collect(),
        by_downloads: by_downloads(teams.iter().copied(), &spread.received),
        days_behind: behind(version),
    });
    let versions = versions.collect::<Vec<_>>();
    let (teams, skew, integrity) =
        (spread.teams.len(), skew(&spread), integrity(&spread, same_name));
    let older = versions.iter().skip(1);
    let days = older.filter_map(|version| version.days_behind).max();
    let score = score(teams, skew, days, integrity);
    Some(Drifting { name: name.clone(), score, teams, skew, days, integrity, versions })
}

fn score(teams: usize, skew: Skew, days: Option<u64>, integrity: Integrity) -> u64 {
    // The days are bounded by the calendar, and the teams by the reports.
    let product = (teams as u64).saturating_mul(skew.weight() * integrity.weight());
    product.saturating_mul(30 + days.unwrap_or(0)) / 30
}

fn skew(spread: &NameSpread<'_>) -> Skew {
    let minors: BTreeSet<_> =
        spread.versions.keys().map(|version| (version.major, version.minor)).collect();
    if spread.is_incompatible() {
        Skew::Incompatible
    } else if minors.len() > 1 {
        Skew::Minor
    } else {
        Skew::Patch
    }
}

fn integrity(spread: &NameSpread<'_>, same_name: &[Locked<'_>]) -> Integrity {
    let causes = versions(same_name).flat_map(|same| VersionSpread::of(same).causes());
    let bytes = |cause: SplitCause| matches!(cause, SplitCause::Checksum | SplitCause::StandIn);
    if causes.into_iter().any(bytes) {
        Integrity::SplitBytes
    } else if spread.splits_source() {
        Integrity::SplitSource
    } else {
        Integrity::Same
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::Absent;

    use super::*;
    use crate::testing::{Drawn, Published, portfolio};

    #[test]
    fn the_score_is_the_formula_that_the_answer_shows() {
        let portfolio = portfolio([
            ("payments", Drawn::new("a").package("shared", "1.2.0").package("quiet", "1.0.0")),
            ("search", Drawn::new("b").package("shared", "1.2.1").package("quiet", "1.0.0")),
            ("web", Drawn::new("c").git("shared", "1.2.1", "https://git.example/shared")),
        ]);
        let facts = Published::new(&["shared 1.2.0 2026-01-01", "shared 1.2.1 2026-03-02"]);
        // 1.2.1 has been out for 60 days.
        let drift = drift(&portfolio, &facts, "2026-05-01".parse().unwrap());
        let [shared] = drift.crates.as_slice() else { panic!("{:?}", drift.crates) };
        assert_eq!((shared.teams, shared.skew, shared.days), (3, Skew::Patch, Some(60)));
        assert_eq!(shared.integrity, Integrity::SplitSource);
        // 3 teams x 1 x (30 + 60) / 30 x 2
        assert_eq!(shared.score, 18);
        let behind: Vec<_> = shared.versions.iter().map(|it| it.days_behind).collect();
        assert_eq!(behind, [Some(0), Some(60)]);
    }

    #[test]
    fn what_is_worse_in_one_factor_comes_first() {
        let portfolio = portfolio([
            (
                "payments",
                Drawn::new("a")
                    .package("lines", "1.0.0")
                    .package("minor", "1.0.0")
                    .package("patch", "1.0.0")
                    .checked("bytes", "1.0.0", "one")
                    .package("bytes", "1.0.1"),
            ),
            (
                "web",
                Drawn::new("b")
                    .package("lines", "2.0.0")
                    .package("minor", "1.1.0")
                    .package("patch", "1.0.1")
                    .checked("bytes", "1.0.0", "other"),
            ),
        ]);
        let drift = drift(&portfolio, &Absent, "2026-05-01".parse().unwrap());
        let order: Vec<_> = drift.crates.iter().map(|it| (it.name.as_str(), it.score)).collect();
        assert_eq!(order, [("bytes", 8), ("lines", 8), ("minor", 4), ("patch", 2)]);
        assert!(drift.crates.iter().all(|it| it.days.is_none()));
    }
}
