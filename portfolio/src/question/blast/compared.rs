//! What scans found when they held what an override puts in place against a release.

use std::collections::HashMap;

use semver::Version;

use crate::report::{Comparison, OverrideRecord, Report};
use crate::{Locked, Portfolio};

/// The comparisons of reports that were asked for, each report read once.
#[derive(Default)]
pub(super) struct Comparisons<'a>(HashMap<usize, OfReport<'a>>);

/// The first comparison of each package, by its number.
type OfReport<'a> = HashMap<u32, &'a Comparison>;

impl<'a> Comparisons<'a> {
    /// The first comparison of a package.
    pub(super) fn of(
        &mut self,
        portfolio: &'a Portfolio,
        it: &Locked<'_>,
    ) -> Option<&'a Comparison> {
        let report = portfolio.reports().get(it.report)?;
        let of_report = self.0.entry(it.report).or_insert_with(|| read(report));
        if of_report.is_empty() {
            return None;
        }
        let place = report.packages.binary_search(it.package).ok()?;
        of_report.get(&u32::try_from(place).ok()?).copied()
    }
}

fn read(report: &Report) -> OfReport<'_> {
    let mut found = HashMap::new();
    for (at, it) in report.overrides.iter().flat_map(|record| told(report, record)) {
        found.entry(at).or_insert(it);
    }
    found
}

/// What one override tells of each package that it puts in place: the first that is of its version, or
/// of none.
fn told<'a>(
    report: &'a Report,
    record: &'a OverrideRecord,
) -> impl Iterator<Item = (u32, &'a Comparison)> {
    let mut first = HashMap::<Option<&Version>, (usize, &Comparison)>::new();
    for (place, it) in record.compared.iter().enumerate() {
        first.entry(it.version.as_ref()).or_insert((place, it));
    }
    record.locked.iter().filter_map(move |at| {
        let version = &report.packages.get(*at as usize)?.version;
        let told = [first.get(&Some(version)), first.get(&None)];
        let (_, it) = told.into_iter().flatten().min_by_key(|(place, _)| *place)?;
        Some((*at, *it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{NotCompared, Outcome};
    use crate::testing::{Drawn, report};

    const COPIES: u32 = 1_000;

    /// A thousand copies, of which each of 200 overrides says what `told` makes of it.
    fn many(told: impl Fn(u32) -> Vec<Comparison>) -> Report {
        let url = "https://git.example/shared";
        let copies = (0..COPIES)
            .fold(Drawn::new("fork"), |it, copy| it.git("shared", &format!("1.2.0-b{copy}"), url));
        let mut report = report("search", copies.patched(url));
        let record = report.overrides.remove(0);
        report.overrides = (0..200)
            .map(|one| OverrideRecord {
                locked: (0..COPIES).collect(),
                compared: told(one),
                ..record.clone()
            })
            .collect();
        report
    }

    fn not_compared(version: Option<&str>, why: NotCompared) -> Comparison {
        let version = version.map(|it| it.parse().unwrap());
        Comparison { version, outcome: Outcome::NotCompared(why) }
    }

    #[test]
    fn a_thousand_copies_and_two_hundred_overrides_are_read_once_and_the_first_word_counts() {
        let report = many(|one| {
            let of_one = not_compared(Some("1.2.0-b7"), NotCompared::NoCrate);
            let of_any = not_compared(None, NotCompared::Outside);
            if one == 0 { vec![of_one] } else { vec![of_any, of_one] }
        });
        let told: usize = report.overrides.iter().map(|it| told(&report, it).count()).sum();
        assert_eq!(told, 1 + 199 * COPIES as usize);
        let portfolio = Portfolio::new([std::sync::Arc::new(report)]);
        let mut comparisons = Comparisons::default();
        for it in portfolio.all() {
            let is_the_one = it.package.version.to_string() == "1.2.0-b7";
            let why = if is_the_one { NotCompared::NoCrate } else { NotCompared::Outside };
            let found = comparisons.of(&portfolio, &it).map(|it| &it.outcome);
            assert_eq!(found, Some(&Outcome::NotCompared(why)), "{}", it.package.version);
        }
        assert_eq!(comparisons.0.len(), 1);
    }
}
