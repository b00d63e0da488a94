//! What may be made from what was sought, by name and number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use depaudit_model::TeamId;
use semver::Version;

use super::share::share;
use crate::question::Sought;
use crate::report::{Package, PackageName, Source};
use crate::{Locked, Portfolio};

/// The releases of which copies are looked for.
pub(super) struct Suspects<'a> {
    sought: &'a Sought,
    /// The versions that can be told to be made from one another by their numbers, of each name.
    releases: BTreeMap<PackageName, HashMap<Base, Vec<Version>>>,
    /// Of how many releases no copies are looked for.
    pub(super) left_out: usize,
}

/// What a copy's number has in common with its release's.
type Base = (u64, u64, u64);

const fn base(version: &Version) -> Base {
    (version.major, version.minor, version.patch)
}

impl<'a> Suspects<'a> {
    /// Of how many releases copies are looked for. The bytes of a crate tell its name and number, so that
    /// honest locks call one digest by one of each.
    pub(super) const MOST: usize = 20;

    pub(super) fn of(sought: &'a Sought, hits: &[Locked<'_>]) -> Self {
        let mut called = BTreeMap::<_, BTreeSet<TeamId>>::new();
        match sought {
            Sought::Package(_) => {}
            Sought::Release(name, version) => {
                called.insert((name, version), BTreeSet::new());
            }
            // Bytes have no number of their own: what locks call them counts.
            Sought::Bytes(_) => hits.iter().for_each(|it| {
                let called = called.entry((&it.package.name, &it.package.version)).or_default();
                called.insert(it.origin.team.clone());
            }),
        }
        let (called, left_out) = share(called.into_iter().collect(), Self::MOST, |it| &it.1);
        let mut releases = BTreeMap::<_, HashMap<_, Vec<_>>>::new();
        for ((name, version), _) in called {
            let of_name: &mut HashMap<_, _> = releases.entry(name.clone()).or_default();
            of_name.entry(base(version)).or_default().push(version.clone());
        }
        Self { sought, releases, left_out }
    }

    /// Every locked package of these names, each name's walked once.
    pub(super) fn named<'p>(
        &'p self,
        portfolio: &'p Portfolio,
    ) -> impl Iterator<Item = Locked<'p>> {
        self.releases.keys().flat_map(|name| portfolio.named(name))
    }

    /// Whether a package may be a copy of any of them.
    pub(super) fn hold(&self, package: &Package) -> bool {
        self.releases_of(package).next().is_some()
    }

    /// The releases that a package may be made from.
    pub(super) fn releases_of(&self, package: &Package) -> impl Iterator<Item = &'_ Version> {
        let may_be = !package.replaced && !self.sought.is(package);
        self.of_same_base(package)
            .iter()
            .filter(move |it| may_be && (package.version == **it || is_made_from(package, it)))
    }

    /// What is held against a package at all.
    fn of_same_base(&self, package: &Package) -> &[Version] {
        let of_name = self.releases.get(&package.name);
        of_name.and_then(|it| it.get(&base(&package.version))).map_or(&[], Vec::as_slice)
    }
}

/// Whether the number says so. A pre-release of the default registry is no copy of the release: it is its
/// author's, and comes before it.
fn is_made_from(package: &Package, release: &Version) -> bool {
    let own = &package.version;
    let is_authors = package.source == Source::CratesIo && package.stand_in.is_none();
    let number_goes_on = own.pre != release.pre && release.pre.is_empty() && !is_authors;
    let only_built_otherwise = own.pre == release.pre && own.build != release.build;
    base(own) == base(release) && (number_goes_on || only_built_otherwise)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::blast_radius;
    use super::*;
    use crate::testing::{Drawn, report};

    const BYTES: &[u8] = b"bytes";

    /// One team's report of one name in very many versions, half of them with the same bytes.
    fn many(team: &str, count: usize, version: impl Fn(usize) -> String) -> Portfolio {
        let drawn = (0..count).fold(Drawn::new("shop"), |it, number| {
            let bytes = if number % 2 == 0 { "bytes" } else { "others" };
            it.checked("shared", &version(number), bytes)
        });
        let honest = Drawn::new("site").checked("shared", "9.9.9", "bytes");
        let fork = Drawn::new("fork").git("shared", "9.9.9", "https://git.example/shared");
        let reports = [(team, drawn), ("web", honest), ("search", fork)];
        Portfolio::new(reports.map(|(team, drawn)| Arc::new(report(team, drawn))))
    }

    #[test]
    fn however_many_numbers_bytes_are_called_by_little_is_held_against_each_other_and_the_rest_is_said()
     {
        let sought = Sought::Bytes(depaudit_model::Checksum::of(BYTES));
        let numbers: [fn(usize) -> String; 2] =
            [|number| format!("1.0.{number}"), |number| format!("1.0.0+b{number}")];
        // Of one base each release is held against each package; else against its own.
        for (number, most) in numbers.into_iter().zip([Suspects::MOST, 4_000 * Suspects::MOST]) {
            let portfolio = many("much", 4_000, number);
            let hits: Vec<_> = portfolio.all().filter(|it| sought.is(it.package)).collect();
            let suspects = Suspects::of(&sought, &hits);
            let named = || suspects.named(&portfolio);
            let pairs: usize = named().map(|it| suspects.of_same_base(it.package).len()).sum();
            assert!(pairs <= most + Suspects::MOST, "{pairs} pairs");
            assert_eq!(suspects.left_out, 2_001 - Suspects::MOST);
            // Who calls the bytes by one number alone is not pushed out.
            let mut told = named().filter(|it| suspects.hold(it.package));
            assert!(told.any(|it| it.origin.team.as_str() == "search"));
        }
    }

    #[test]
    fn a_report_of_20_000_versions_of_one_name_is_answered() {
        let portfolio = many("much", 20_000, |number| format!("1.0.0+b{number}"));
        let sought = Sought::Bytes(depaudit_model::Checksum::of(BYTES));
        let blast = blast_radius(&portfolio, &sought);
        assert_eq!(blast.releases.len(), 10_001);
        let may = blast.may_hold;
        assert_eq!(may.numbers_left_out, 10_001 - Suspects::MOST);
        assert_eq!((may.copies.len(), may.copies_left_out), (1_000, 9_001));
        assert!(may.copies.iter().any(|it| it.version.to_string() == "9.9.9"));
    }
}
