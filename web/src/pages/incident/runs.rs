use std::collections::{BTreeMap, BTreeSet, HashMap};

use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, RegistryName, TeamId};
use depaudit_portfolio::question::{
    Blast, MissedPatch, Moved, Moves, Sought, SplitIdentity, StandingOverride, blast_radius,
};
use depaudit_portfolio::report::{PackageName, Repository, Source};
use depaudit_trace::{Release, Replacement, Report};
use semver::Version;
use serde::Serialize;

use super::super::room::Asking;

/// What the reports say of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Runs {
    /// Whether what follows tells nothing, because no team has reported what it locks.
    pub(super) nobody_reported: bool,
    /// Who is hit; absent where nothing names what to look for.
    pub(super) blast: Option<Blast>,
    /// What the locks of each repository hold of it.
    #[serde(skip)]
    pub(super) held: BTreeMap<(TeamId, Repository), BTreeSet<String>>,
    /// Who locks it and did not receive it here.
    pub(super) not_received: Vec<NotReceived>,
    /// What stands in its place.
    pub(super) overrides: Vec<StandingOverride>,
    /// Where one version is not the same bytes for all.
    pub(super) split: Vec<SplitIdentity>,
    /// Whether teams that received another release next have moved to it.
    pub(super) moves: Vec<Move>,
    /// Who has missed a patch release.
    pub(super) missed: Vec<MissedPatch>,
}

/// A team that received another release next, and how far its repositories followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Move {
    pub(super) team: TeamId,
    #[serde(rename = "crate")]
    pub(super) name: CrateName,
    pub(super) from: Version,
    pub(super) to: Version,
    pub(super) sha256: Checksum,
    #[serde(flatten)]
    pub(super) moved: Moved,
}

impl Move {
    /// Whether it is about what the record calls a replacement.
    pub(super) fn is_of(&self, release: &Release, next: &Replacement) -> bool {
        self.team == next.team
            && self.name == release.name
            && Some(&self.from) == release.version.as_ref()
            && self.to == next.version
            && self.sha256 == next.sha256
    }
}

/// A lock that takes it from the registry, and its team did not receive those bytes here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct NotReceived {
    pub(super) team: TeamId,
    pub(super) repository: Repository,
    pub(super) version: Version,
    /// What the lock holds.
    pub(super) checksum: Option<Checksum>,
    /// What the team received of this version instead.
    pub(super) received: Vec<Checksum>,
}

impl Runs {
    /// `own` is the one team whose receipts may be told, where that is not every team.
    pub(super) fn of(
        asking: &Asking,
        sought: Option<&Sought>,
        report: &Report,
        own: Option<&TeamId>,
    ) -> Self {
        let nobody_reported = asking.portfolio().reports().is_empty();
        let Some(sought) = &sought.map(|it| it.as_locked(asking.portfolio())) else {
            return Self { nobody_reported, ..Self::default() };
        };
        let blast = blast_radius(asking.portfolio(), sought);
        let names: BTreeSet<_> = match sought.name() {
            Some(name) => BTreeSet::from([name.clone()]),
            None => blast.releases.iter().map(|it| it.name.clone()).collect(),
        };
        let releases: BTreeSet<_> =
            blast.releases.iter().map(|it| (&it.name, &it.version)).collect();
        let about = |name: &PackageName, version: &Version| match sought {
            Sought::Package(wanted) => wanted == name,
            Sought::Release(wanted, only) => wanted == name && only == version,
            Sought::Bytes(_) => releases.contains(&(name, version)),
        };
        let standing = asking.standing();
        // What stands in the place of other versions says nothing of one that nobody has.
        let nobody = matches!(sought, Sought::Release(..))
            && blast.releases.is_empty()
            && blast.may_hold.copies.is_empty()
            && report.releases.is_empty();
        let overrides = standing.iter().filter(|it| match &it.package {
            Some(package) => !nobody && names.contains(package),
            None => false,
        });
        let mut held = BTreeMap::<_, BTreeSet<_>>::new();
        let locked = names.iter().flat_map(|name| asking.portfolio().named(name));
        for it in locked.filter(|it| sought.is(it.package)) {
            let key = (it.origin.team.clone(), it.origin.repository.clone());
            let what = format!("{}: {}", it.package.version, it.package.identity());
            held.entry(key).or_default().insert(what);
        }
        let split = asking.split().iter().filter(|it| !it.is_name_alone());
        let missed = asking.missed();
        Self {
            nobody_reported,
            held,
            not_received: not_received(asking, sought, &names, report, own),
            overrides: overrides.cloned().collect(),
            split: split.filter(|it| about(&it.name, &it.version)).cloned().collect(),
            moves: moves(asking, report),
            missed: missed
                .missed
                .iter()
                .filter(|it| about(&it.name, &it.locked))
                .cloned()
                .collect(),
            blast: Some(blast),
        }
    }
}

/// What the reports say of what the record calls the next thing that a team received.
fn moves(asking: &Asking, report: &Report) -> Vec<Move> {
    let mut moves = HashMap::new();
    let next = report.releases.iter().flat_map(|it| it.replaced_by.iter().map(move |to| (it, to)));
    let told = next.filter_map(|(of, to)| {
        let (from, name) = (of.version.clone()?, of.name.as_str().parse().ok()?);
        let moves = moves.entry(&of.name).or_insert_with(|| Moves::of(asking.portfolio(), &name));
        Some(Move {
            moved: moves.moved(&to.team, &from, (&to.version, &to.sha256)),
            team: to.team.clone(),
            name: of.name.clone(),
            from,
            to: to.version.clone(),
            sha256: to.sha256,
        })
    });
    told.collect()
}

/// Locks of the default registry's release whose teams did not receive its bytes here. Nothing where
/// the record holds more than was looked at: what was not seen is no absence.
fn not_received(
    asking: &Asking,
    sought: &Sought,
    names: &BTreeSet<PackageName>,
    report: &Report,
    own: Option<&TeamId>,
) -> Vec<NotReceived> {
    if report.truncated {
        return Vec::new();
    }
    let received = received(report);
    let locked = names.iter().flat_map(|name| asking.portfolio().named(name));
    let locked = locked.filter(|it| sought.is(it.package) && it.package.source == Source::CratesIo);
    let told = locked.filter(|it| own.is_none_or(|own| it.origin.team == *own));
    let missing = told.filter_map(|it| {
        let (team, package) = (&it.origin.team, it.package);
        let received = received.get(&(team, &package.version));
        let has = received.is_some_and(|received| match &package.checksum {
            Some(checksum) => received.contains(checksum),
            // A lock without checksums tells no more than the version.
            None => true,
        });
        (!has).then(|| NotReceived {
            team: team.clone(),
            repository: it.origin.repository.clone(),
            version: package.version.clone(),
            checksum: package.checksum,
            received: received.into_iter().flatten().copied().collect(),
        })
    });
    missing.collect::<BTreeSet<_>>().into_iter().collect()
}

type Received<'r> = BTreeMap<(&'r TeamId, &'r Version), BTreeSet<Checksum>>;

fn received(report: &Report) -> Received<'_> {
    let crates_io = RegistryName::crates_io();
    let mut received = Received::new();
    for release in report.releases.iter().filter(|it| it.registry.as_ref() == Some(&crates_io)) {
        let Some(version) = &release.version else { continue };
        for decided in release.decisions.iter().filter(|it| it.let_through()) {
            received.entry((&decided.team, version)).or_default().extend(decided.sha256);
        }
    }
    received
}
