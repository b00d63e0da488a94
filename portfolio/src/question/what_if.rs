use std::collections::{BTreeMap, BTreeSet, HashMap};

use depaudit_model::cargo::{Facts, Line};
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::blast::{Blast, radius};
use super::{OverridePlace, Sought, sought};
use crate::report::{Label, OverrideRecord, PackageName, Report, Source};
use crate::{Locked, Portfolio};

/// What might happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supposition {
    /// The author of a release withdraws it.
    Yanked(PackageName, Version),
    /// Whoever overrides a package stops.
    Dropped(PackageName),
    /// One override of a package goes, and no other.
    DroppedAt(PackageName, OverridePlace),
    /// Whoever owns forks is gone: the declared owner of overrides, or the first part of a git
    /// repository's path (`our-org` in `https://git.example/our-org/shared`).
    Leaves(Label),
}

/// What would follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIf {
    /// What was supposed, in words.
    pub supposed: String,
    /// What there is to take instead, for each package that is concerned.
    pub effects: Vec<Effect>,
    /// Whom it hits.
    pub blast: Blast,
}

/// What becomes of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Effect {
    /// The package.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// What is locked now, in words.
    pub identity: String,
    /// The newest release of the same line of compatible versions that is known to be published: of the
    /// same version as well where only the override goes. Which one a build takes, Cargo chooses by the
    /// manifests' requirements, which reports do not carry. Absent where none is known.
    #[schema(value_type = Option<String>)]
    pub instead: Option<Version>,
    /// The overrides that are concerned.
    pub overrides: Vec<OverridePlace>,
}

/// What would follow from a supposition. Locks that exist keep what they hold: `instead` is what there is
/// for the next resolution, and `blast` whom that concerns.
#[must_use]
pub fn what_if(portfolio: &Portfolio, facts: &dyn Facts, supposition: &Supposition) -> WhatIf {
    let (supposed, hits, yanked) = match supposition {
        Supposition::Yanked(name, version) => {
            let sought = Sought::Release(name.clone(), version.clone());
            let from_registry =
                |it: &Locked<'_>| sought.is(it.package) && it.package.source == Source::CratesIo;
            let hits: Vec<_> = portfolio.named(name).filter(from_registry).collect();
            (format!("{name}@{version} is yanked"), hits, true)
        }
        Supposition::Dropped(name) => {
            let about = |_: &Report, record: &OverrideRecord| record.package.as_ref() == Some(name);
            (format!("the overrides of {name} are dropped"), overridden(portfolio, about), false)
        }
        Supposition::DroppedAt(name, place) => {
            let about = |report: &Report, record: &OverrideRecord| {
                record.package.as_ref() == Some(name) && place.is_of(report, record)
            };
            let supposed = format!("the override of {name} in {place} is dropped");
            (supposed, overridden(portfolio, about), false)
        }
        Supposition::Leaves(owner) => {
            let about = |_: &Report, record: &OverrideRecord| {
                let owned = record.owned.as_ref().and_then(|owned| owned.owner.as_ref());
                owned == Some(owner)
            };
            let mut hits = overridden(portfolio, about);
            hits.extend(portfolio.all().filter(|it| is_fork_of(&it.package.source, owner)));
            (format!("{owner} leaves"), hits, false)
        }
    };
    let mut effects = effects(portfolio, facts, &hits, yanked);
    if let Supposition::DroppedAt(_, place) = supposition {
        // What else overrides the package stays.
        effects.iter_mut().for_each(|effect| effect.overrides.retain(|it| it == place));
    }
    let blast = radius(portfolio, supposed.clone(), &hits);
    WhatIf { supposed, effects, blast }
}

/// What the locks hold of the overrides that are meant.
fn overridden<'a>(
    portfolio: &'a Portfolio,
    about: impl Fn(&Report, &OverrideRecord) -> bool,
) -> Vec<Locked<'a>> {
    let mut found = Vec::new();
    for (number, report) in portfolio.reports().iter().enumerate() {
        for record in report.overrides.iter().filter(|record| about(report, record)) {
            let packages = record.locked.iter().filter_map(|at| report.packages.get(*at as usize));
            found.extend(packages.map(|package| Locked {
                report: number,
                origin: &report.origin,
                package,
                received: false,
            }));
        }
    }
    found
}

fn is_fork_of(source: &Source, owner: &Label) -> bool {
    let Source::Git { url, .. } = source else { return false };
    let Some((_, address)) = url.as_str().split_once("://") else { return false };
    let mut parts = address.split('/').filter(|part| !part.is_empty()).skip(1);
    parts.next().is_some_and(|first| first.eq_ignore_ascii_case(owner.as_str()))
}

fn effects(
    portfolio: &Portfolio,
    facts: &dyn Facts,
    hits: &[Locked<'_>],
    yanked: bool,
) -> Vec<Effect> {
    let mut found = BTreeMap::<_, Effect>::new();
    let (mut places, mut published) = (Places::default(), HashMap::new());
    for hit in hits {
        let package = hit.package;
        let identity = package.identity().to_string();
        let key = (package.name.clone(), package.version.clone(), identity.clone());
        let published =
            published.entry(&package.name).or_insert_with(|| Releases::of(portfolio, facts, hit));
        let effect = found.entry(key).or_insert_with(|| Effect {
            name: package.name.clone(),
            version: package.version.clone(),
            identity,
            instead: published.instead(&package.version, yanked),
            overrides: Vec::new(),
        });
        effect.overrides.extend(places.take(portfolio, hit));
    }
    let mut effects: Vec<_> = found.into_values().collect();
    for effect in &mut effects {
        effect.overrides.sort();
        effect.overrides.dedup();
    }
    effects
}

/// Where the overrides of each package stand, each report read once.
#[derive(Default)]
struct Places<'a>(HashMap<usize, HashMap<u32, Vec<&'a OverrideRecord>>>);

impl<'a> Places<'a> {
    /// Those of a package, once: a lock's package is hit as often as it has overrides.
    fn take(&mut self, portfolio: &'a Portfolio, hit: &Locked<'_>) -> Vec<OverridePlace> {
        let Some(report) = portfolio.reports().get(hit.report) else { return Vec::new() };
        let of_report = self.0.entry(hit.report).or_insert_with(|| {
            let mut of_report = HashMap::<_, Vec<_>>::new();
            for record in &report.overrides {
                for at in &record.locked {
                    of_report.entry(*at).or_default().push(record);
                }
            }
            of_report
        });
        let place = report.packages.binary_search(hit.package).ok();
        let place = place.and_then(|place| u32::try_from(place).ok());
        let records = place.and_then(|place| of_report.remove(&place)).unwrap_or_default();
        records.into_iter().map(|record| OverridePlace::of(report, record)).collect()
    }
}

/// The releases of a crate that are known to be published, or that locks prove to be.
struct Releases(BTreeMap<Line, BTreeSet<Version>>);

impl Releases {
    fn of(portfolio: &Portfolio, facts: &dyn Facts, hit: &Locked<'_>) -> Self {
        let name = &hit.package.name;
        let versions: Vec<Version> = match sought::releases(name, facts) {
            Some(releases) => {
                let stable = releases.iter().filter(|release| release.is_or_may_be_stable());
                stable.map(|release| release.version.clone()).collect()
            }
            None => {
                let named = portfolio.named(name);
                let released = named.filter(|it| it.package.source == Source::CratesIo);
                released.map(|it| it.package.version.clone()).collect()
            }
        };
        let mut lines = BTreeMap::<_, BTreeSet<_>>::new();
        for version in versions {
            lines.entry(Line::of(&version)).or_default().insert(version);
        }
        Self(lines)
    }

    /// The newest release that is compatible.
    fn instead(&self, version: &Version, yanked: bool) -> Option<Version> {
        let of_line = self.0.get(&Line::of(version))?;
        of_line.iter().rev().find(|other| !yanked || *other != version).cloned()
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::cargo::Absent;

    use super::*;
    use crate::report::{Declaring, Owned};
    use crate::testing::{Drawn, Published, portfolio};

    fn name(text: &str) -> PackageName {
        text.parse().unwrap()
    }

    #[test]
    fn a_yanked_release_hits_who_takes_it_from_the_registry_and_names_what_comes_instead() {
        let portfolio = portfolio([
            (
                "payments",
                Drawn::new("a")
                    .package("app", "0.1.0")
                    .package("shared", "1.2.0")
                    .edge("app", "shared"),
            ),
            (
                "web",
                Drawn::new("b")
                    .package("app", "0.1.0")
                    .git("shared", "1.2.0", "https://git.example/our-org/shared")
                    .edge("app", "shared"),
            ),
        ]);
        let facts = Published::new(&[
            "shared 1.2.0 2026-01-01",
            "shared 1.2.1 2026-02-01",
            "shared 1.3.0 2026-02-02 yanked",
            "shared 2.0.0 2026-02-03",
        ]);
        let yanked = Supposition::Yanked(name("shared"), Version::new(1, 2, 0));
        let answer = what_if(&portfolio, &facts, &yanked);
        assert_eq!(answer.effects[0].instead, Some(Version::new(1, 2, 1)));
        assert_eq!((answer.blast.totals.teams, answer.blast.totals.workspaces), (1, 1));
        assert_eq!(answer.blast.teams[0].team.as_str(), "payments");
        // Of what nobody knows and no other lock holds, nothing is promised.
        assert_eq!(what_if(&portfolio, &Absent, &yanked).effects[0].instead, None);
    }

    #[test]
    fn a_dropped_override_falls_back_to_the_release_and_says_where_it_stood() {
        let overridden =
            Drawn::new("a").package("app", "0.1.0").stand_in("shared", "1.2.0", "../shared");
        let portfolio = portfolio([
            ("payments", overridden.patched("../shared").edge("app", "shared")),
            ("web", Drawn::new("b").package("shared", "1.2.0")),
        ]);
        let answer = what_if(&portfolio, &Absent, &Supposition::Dropped(name("shared")));
        let [effect] = answer.effects.as_slice() else { panic!("{answer:?}") };
        assert_eq!(effect.instead, Some(Version::new(1, 2, 0)));
        let facts = Published::new(&["shared 1.2.0 2026-01-01", "shared 1.2.1 2026-02-01"]);
        let newer = what_if(&portfolio, &facts, &Supposition::Dropped(name("shared")));
        let instead = newer.effects[0].instead.clone();
        assert_eq!(instead, Some(Version::new(1, 2, 1)), "no lock holds a number without its fork");
        assert_eq!((effect.overrides[0].team.as_str(), effect.overrides[0].line), ("payments", 7));
        assert_eq!(answer.blast.totals.workspaces, 1);
    }

    #[test]
    fn one_override_is_dropped_and_the_others_of_its_package_stand() {
        let overridden = |repository| {
            let drawn = Drawn::new(repository).package("app", "0.1.0");
            drawn
                .stand_in("shared", "1.2.0", "../shared")
                .patched("../shared")
                .edge("app", "shared")
        };
        let portfolio = portfolio([
            ("payments", overridden("a")),
            ("search", overridden("b")),
            ("web", Drawn::new("c").package("shared", "1.2.0")),
        ]);
        let dropped = |place: &str| {
            let place = place.parse().unwrap();
            what_if(&portfolio, &Absent, &Supposition::DroppedAt(name("shared"), place))
        };
        let answer = dropped("search b Cargo.toml:7");
        assert_eq!(answer.supposed, "the override of shared in search b Cargo.toml:7 is dropped");
        let teams: Vec<_> = answer.blast.teams.iter().map(|it| it.team.as_str()).collect();
        assert_eq!(teams, ["search"]);
        let [effect] = answer.effects.as_slice() else { panic!("{answer:?}") };
        assert_eq!(effect.overrides.len(), 1);
        assert_eq!(effect.instead, Some(Version::new(1, 2, 0)));
        for elsewhere in ["search b Cargo.toml:8", "search a Cargo.toml:7", "web b Cargo.toml:7"] {
            assert_eq!(dropped(elsewhere).effects, [], "{elsewhere}");
        }
    }

    #[test]
    fn an_owner_who_leaves_takes_forks_and_declared_overrides_along() {
        let mut declared = Drawn::new("a")
            .package("app", "0.1.0")
            .stand_in("inner", "0.3.0", "../inner")
            .patched("../inner")
            .edge("app", "inner");
        declared.overrides[0].declared = Declaring::Yes;
        declared.overrides[0].owned =
            Some(Owned { owner: Some("our-org".parse().unwrap()), reason: None, expires: None });
        let fork = Drawn::new("b")
            .package("app", "0.1.0")
            .git("shared", "1.2.0", "https://git.example/Our-Org/shared")
            .edge("app", "shared");
        let other = Drawn::new("c")
            .package("app", "0.1.0")
            .git("our-org", "1.0.0", "https://git.example/them/our-org")
            .edge("app", "our-org");
        let portfolio = portfolio([("payments", declared), ("web", fork), ("search", other)]);
        let answer = what_if(&portfolio, &Absent, &Supposition::Leaves("our-org".parse().unwrap()));
        let names: Vec<_> = answer.effects.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["inner", "shared"]);
        assert_eq!(answer.blast.totals.teams, 2);
    }

    #[test]
    fn of_many_overrides_of_many_copies_each_place_is_looked_up_once() {
        let url = "https://git.example/shared";
        let copies = (0..300)
            .fold(Drawn::new("fork"), |it, copy| it.git("shared", &format!("1.2.{copy}"), url));
        let mut report = crate::testing::report("search", copies.patched(url));
        let record = report.overrides.remove(0);
        let one = |line| OverrideRecord { line, locked: (0..300).collect(), ..record.clone() };
        report.overrides = (1..=100).map(one).collect();
        let portfolio = Portfolio::new([std::sync::Arc::new(report)]);
        let hits = overridden(&portfolio, |_, _| true);
        let mut places = Places::default();
        let taken: usize = hits.iter().map(|hit| places.take(&portfolio, hit).len()).sum();
        assert_eq!((hits.len(), taken), (300 * 100, 300 * 100));
        let answer = what_if(&portfolio, &Absent, &Supposition::Dropped(name("shared")));
        assert_eq!(answer.effects.len(), 300);
        assert!(answer.effects.iter().all(|it| it.overrides.len() == 100));
    }
}
