use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use depaudit_model::{Checksum, TeamId, Timestamp};
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Portfolio;
use crate::report::{Package, PackageName, Report, Source, SourceText};

/// How many crates are named that nobody received.
const EXAMPLES: usize = 5;
/// How many registries are named that are not served here.
const REGISTRIES: usize = 5;

/// What a record of downloads tells, as far as locks ask for it.
#[derive(Debug, Clone, Default)]
pub struct Receipts {
    /// The time of its first event.
    pub begins: Option<Timestamp>,
    /// The sources, as locks name them, whose crates go through the proxy.
    pub served: Vec<Source>,
    /// What each team received.
    pub teams: Vec<Received>,
    /// The one team that is told about, where not all are.
    pub only: Option<TeamId>,
}

/// What a team received through the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The team.
    pub team: TeamId,
    /// When it downloaded last.
    pub last: Timestamp,
    /// The bytes that it received, of those that locks hold ([`Receipts::asked_by`]).
    pub of: HashSet<Checksum>,
}

impl Receipts {
    /// The bytes that locks hold of these sources: what a record has to be asked about.
    #[must_use]
    pub fn asked_by(portfolio: &Portfolio, served: &[Source]) -> HashSet<Checksum> {
        let packages = portfolio.reports().iter().flat_map(|report| &report.packages);
        packages.filter_map(|package| knowable(package, served)).collect()
    }
}

/// What a team's locks hold, against what the record says. Each crate counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgainstRecord {
    /// Crates of registries that are served here.
    pub locked: usize,
    /// Of them, those that the team received here.
    pub received: usize,
    /// Of them, those that other teams alone received here: the team has them from a shared cache, or from
    /// past the proxy. Absent for whoever sees what one team received alone: a report that locks something
    /// would tell them whether others have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_others: Option<usize>,
    /// Of them, those that nobody received here; where it is not told what others received, those that the
    /// team did not.
    pub never: usize,
    /// Some of those that the team did not receive, those that nobody did first.
    pub examples: Vec<Example>,
    /// Packages that no record can tell of: from git, from other registries, without a checksum.
    pub not_knowable: usize,
    /// Of them, those from registries that are not served here, such as a team's own mirror.
    pub from_other_registries: usize,
    /// These registries, those with the most packages first, and no more than a few.
    pub other_registries: Vec<OtherRegistry>,
}

/// A registry that is not served here: what comes from it is on no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtherRegistry {
    /// The registry, as locks name it.
    #[schema(value_type = String)]
    pub registry: SourceText,
    /// How many packages come from it.
    pub packages: usize,
    /// Some of them.
    pub examples: Vec<Example>,
}

/// A locked crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Example {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PackageName,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
}

impl AgainstRecord {
    /// Whether there is something to receive, and the team received none of it.
    pub(super) const fn received_none(&self) -> bool {
        self.locked > 0 && self.received == 0
    }
}

/// The bytes, where a record of these sources can tell of them.
fn knowable(package: &Package, served: &[Source]) -> Option<Checksum> {
    package.checksum.filter(|_| is_fetched(package) && served.contains(&package.source))
}

/// Whether a build downloads it: a folder needs no download, nor what another package replaces.
fn is_fetched(package: &Package) -> bool {
    package.source != Source::Folder && package.stand_in.is_none() && !package.replaced
}

/// Where packages come from that no record tells of, as far as that is a registry.
fn other_registries<'p>(
    elsewhere: impl IntoIterator<Item = &'p Package>,
    served: &[Source],
) -> Vec<OtherRegistry> {
    let mut found = BTreeMap::<&SourceText, Vec<&Package>>::new();
    for package in elsewhere {
        if let Source::Registry(registry) = &package.source
            && !served.contains(&package.source)
        {
            found.entry(registry).or_default().push(package);
        }
    }
    let of = |(registry, packages): (&SourceText, Vec<&Package>)| OtherRegistry {
        registry: registry.clone(),
        packages: packages.len(),
        examples: packages
            .into_iter()
            .take(EXAMPLES)
            .map(|it| Example { name: it.name.clone(), version: it.version.clone() })
            .collect(),
    };
    let mut registries: Vec<_> = found.into_iter().map(of).collect();
    registries.sort_by_key(|it| std::cmp::Reverse(it.packages));
    registries
}

/// Receipts, ready to be compared with.
#[derive(Debug)]
pub(super) struct Against<'a> {
    receipts: &'a Receipts,
    teams: BTreeMap<&'a TeamId, &'a Received>,
    /// What any team received, where that may be told.
    by_anybody: Option<HashSet<&'a Checksum>>,
}

impl<'a> Against<'a> {
    pub(super) fn new(receipts: &'a Receipts) -> Self {
        let teams = receipts.teams.iter().map(|it| (&it.team, it)).collect();
        let all = || receipts.teams.iter().flat_map(|it| &it.of).collect();
        let by_anybody = receipts.only.is_none().then(all);
        Self { receipts, teams, by_anybody }
    }

    pub(super) fn tells_of(&self, team: &TeamId) -> bool {
        self.receipts.only.as_ref().is_none_or(|only| only == team)
    }

    /// The teams that received anything, as far as it may be told.
    pub(super) fn teams(&self) -> impl Iterator<Item = &'a TeamId> {
        self.teams.keys().copied().filter(|team| self.tells_of(team))
    }

    pub(super) fn last_of(&self, team: &TeamId) -> Option<Timestamp> {
        self.teams.get(team).map(|it| it.last)
    }

    pub(super) fn hold(&self, team: &TeamId, reports: &[&Report]) -> AgainstRecord {
        let own = self.teams.get(team).map(|it| &it.of);
        let mut packages = HashMap::new();
        let mut held = AgainstRecord::default();
        let mut elsewhere = BTreeSet::new();
        for package in reports.iter().flat_map(|report| &report.packages) {
            match knowable(package, &self.receipts.served) {
                Some(checksum) => {
                    packages.entry(checksum).or_insert(package);
                }
                None if is_fetched(package) => {
                    elsewhere.insert(package);
                }
                None => {}
            }
        }
        held.locked = packages.len();
        held.not_knowable = elsewhere.len();
        let served = &self.receipts.served;
        held.other_registries = other_registries(elsewhere, served);
        held.from_other_registries = held.other_registries.iter().map(|it| it.packages).sum();
        held.other_registries.truncate(REGISTRIES);
        let mut missing = Vec::new();
        let mut by_others = 0;
        for (checksum, package) in packages {
            if own.is_some_and(|own| own.contains(&checksum)) {
                held.received += 1;
                continue;
            }
            let others = self.by_anybody.as_ref().is_some_and(|all| all.contains(&checksum));
            *(if others { &mut by_others } else { &mut held.never }) += 1;
            missing.push((others, &package.name, &package.version));
        }
        held.by_others = self.by_anybody.is_some().then_some(by_others);
        missing.sort_unstable();
        let example = |(_, name, version): (bool, &PackageName, &Version)| Example {
            name: name.clone(),
            version: version.clone(),
        };
        held.examples = missing.into_iter().take(EXAMPLES).map(example).collect();
        held
    }
}
