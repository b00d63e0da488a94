//! Copies under a number of their own: a mirror's `1.2.0-acme.1` is made from 1.2.0, and has what 1.2.0 has.
//! No lock says so, so they are told apart from what surely is it, and with the reason.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::TeamId;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use super::{BlastTotals, WorkspaceHit, radius};
use crate::question::Sought;
use crate::report::{Comparison, OverrideRecord, Package, PackageName, Source};
use crate::{Locked, Portfolio};

/// Whom it may hit as well: those who have a package that may be made from what was sought. None of the
/// other totals counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MayHold {
    /// How many may be hit; who is hit for sure in another way can be among them.
    pub totals: BlastTotals,
    /// The packages, those of which most is known first.
    pub copies: Vec<MayBeCopy>,
    /// The workspaces that reach one of them, each with one of the shortest ways there.
    pub workspaces: Vec<WorkspaceHit>,
}

/// A package that may be made from what was sought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MayBeCopy {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// What makes it the same bytes, in words.
    pub identity: String,
    /// What speaks for it.
    pub reason: Suspicion,
    /// The same in words.
    pub why: String,
    /// Whose locks hold it.
    #[schema(value_type = Vec<String>)]
    pub teams: BTreeSet<TeamId>,
}

/// What speaks for a copy, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// A scan compared it, and it has the release's files.
    SameFiles,
    /// A scan compared it with the release, and some files differ.
    ChangedFiles,
    /// Its number begins with the release's, and it does not come from the default registry.
    Number,
    /// It bears the name and number of the bytes that were sought, and has others, or comes from elsewhere.
    OtherBytes,
}

impl MayHold {
    /// Why a workspace may be hit: each reason once.
    #[must_use]
    pub fn why(&self, hit: &WorkspaceHit) -> Vec<&str> {
        let Some(last) = hit.path.last() else { return Vec::new() };
        let of_it = |it: &&MayBeCopy| {
            it.name == last.name && it.version == last.version && it.teams.contains(&hit.team)
        };
        let mut reasons: Vec<_> =
            self.copies.iter().filter(of_it).map(|it| it.why.as_str()).collect();
        reasons.dedup();
        reasons
    }

    /// What may be made from what was sought; nothing where every version of a package is sought anyway.
    pub(super) fn of(portfolio: &Portfolio, sought: &Sought, hits: &[Locked<'_>]) -> Self {
        let suspects = Suspects::of(sought, hits);
        let mut found = BTreeMap::<_, BTreeSet<TeamId>>::new();
        let mut suspected = Vec::new();
        for (name, version) in &suspects.releases {
            for it in portfolio.named(name).filter(|it| suspects.may_be(it.package, name, version))
            {
                let (reason, why) = suspicion(portfolio, &it, version);
                let package = (&it.package.name, &it.package.version, it.identity());
                found.entry((reason, package, why)).or_default().insert(it.origin.team.clone());
                suspected.push(it);
            }
        }
        let copy = |((reason, package, why), teams): ((Suspicion, _, String), _)| {
            let (name, version, identity): (&PackageName, &Version, String) = package;
            let (name, version) = (name.clone(), version.clone());
            MayBeCopy { name, version, identity, reason, why, teams }
        };
        let reached = radius(portfolio, String::new(), &suspected);
        Self {
            totals: reached.totals,
            copies: found.into_iter().map(copy).collect(),
            workspaces: reached.workspaces,
        }
    }
}

/// The releases of which copies are looked for.
pub(super) struct Suspects<'a> {
    sought: &'a Sought,
    releases: BTreeSet<(PackageName, Version)>,
}

impl<'a> Suspects<'a> {
    pub(super) fn of(sought: &'a Sought, hits: &[Locked<'_>]) -> Self {
        let releases = match sought {
            Sought::Package(_) => BTreeSet::new(),
            Sought::Release(name, version) => BTreeSet::from([(name.clone(), version.clone())]),
            // Bytes have no number of their own: what locks call them counts.
            Sought::Bytes(_) => hits
                .iter()
                .map(|it| (it.package.name.clone(), it.package.version.clone()))
                .collect(),
        };
        Self { sought, releases }
    }

    /// Whether a package may be a copy of any of them.
    pub(super) fn hold(&self, package: &Package) -> bool {
        self.releases.iter().any(|(name, version)| self.may_be(package, name, version))
    }

    fn may_be(&self, package: &Package, name: &PackageName, version: &Version) -> bool {
        package.name == *name
            && !package.replaced
            && !self.sought.is(package)
            && (package.version == *version || is_made_from(package, version))
    }
}

/// Whether the number says so. A pre-release of the default registry is no copy of the release: it is its
/// author's, and comes before it.
fn is_made_from(package: &Package, release: &Version) -> bool {
    let own = &package.version;
    let same_base =
        (own.major, own.minor, own.patch) == (release.major, release.minor, release.patch);
    let is_authors = package.source == Source::CratesIo && package.stand_in.is_none();
    let number_goes_on = own.pre != release.pre && release.pre.is_empty() && !is_authors;
    let only_built_otherwise = own.pre == release.pre && own.build != release.build;
    same_base && (number_goes_on || only_built_otherwise)
}

fn suspicion(portfolio: &Portfolio, it: &Locked<'_>, release: &Version) -> (Suspicion, String) {
    let comparison = comparisons(portfolio, it).next();
    let compared = comparison.and_then(|it| it.compared_with(release));
    if let Some(compared) = compared {
        if compared.totals.is_none() {
            return (Suspicion::SameFiles, format!("its files are those of {release}"));
        }
        let words = comparison.map(Comparison::words).unwrap_or_default();
        return (Suspicion::ChangedFiles, format!("it is {release} with changes: {words}"));
    }
    let untold = comparison.filter(|it| it.is_not_compared()).map(Comparison::words);
    let untold = untold.unwrap_or_else(|| "its files were not compared with that".to_owned());
    if it.package.version == *release {
        let why = format!(
            "it is called {release} too, and comes from elsewhere or has other bytes; {untold}"
        );
        return (Suspicion::OtherBytes, why);
    }
    (Suspicion::Number, format!("its number says that it is made from {release}; {untold}"))
}

/// What scans found when they held it against a release.
fn comparisons<'a>(
    portfolio: &'a Portfolio,
    it: &Locked<'a>,
) -> impl Iterator<Item = &'a Comparison> {
    let report = portfolio.reports().get(it.report);
    let package = it.package;
    let holds = move |record: &&OverrideRecord| {
        let held = record.locked.iter().filter_map(|at| report?.packages.get(*at as usize));
        held.into_iter().any(|held| held == package)
    };
    let records = report.into_iter().flat_map(|report| &report.overrides).filter(holds);
    let of_it = |it: &&Comparison| it.version.as_ref().is_none_or(|it| *it == package.version);
    records.flat_map(|record| &record.compared).filter(of_it)
}
