//! From the record's counts and its few incidents to what became of each release.

use std::collections::{BTreeMap, BTreeSet};

use depaudit_model::cargo::CrateName;
use depaudit_model::event::EventKind;
use depaudit_model::{RegistryName, TeamId, Timestamp};
use depaudit_store::{Arrival, AuditLog, StoreError, StoredEvent, Tally, Traced};
use semver::Version;

use super::report::{Conflict, Decided, FirstSeen, Release, Replacement, Says, Upstream};
use super::{IndexView, UpstreamIndex};

/// So many rows of each kind are looked at: far more than a person reads, and a fraction of a second.
const MOST: usize = 20_000;

/// So many incidents of a crate are looked at, the newest ones.
const MOST_INCIDENTS: usize = 1_000;

/// What became of a crate.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) releases: Vec<Release>,
    pub(super) incidents: Vec<StoredEvent>,
    pub(super) truncated: bool,
}

type Key = (Option<RegistryName>, Option<Version>);

/// Asks the record, and what is stored of the upstream's index.
///
/// # Errors
/// When either cannot be read.
pub(super) async fn gather(
    log: &dyn AuditLog,
    index: Option<&dyn UpstreamIndex>,
    of: &Traced,
    now: Timestamp,
) -> Result<Gathered, StoreError> {
    let tallies = log.tallies(of, MOST).await?;
    let arrivals = log.arrivals(&of.name, of.team.as_ref(), MOST).await?;
    let mut incidents = log.incidents(&of.name, MOST_INCIDENTS).await?;
    let truncated =
        tallies.len() == MOST || arrivals.len() == MOST || incidents.len() == MOST_INCIDENTS;
    incidents.retain(|it| concerns(it, of));

    let mut decided = BTreeMap::<Key, Vec<Tally>>::new();
    for tally in tallies {
        decided.entry((tally.registry.clone(), tally.version.clone())).or_default().push(tally);
    }
    // Stored by a prefetch, say, and asked for by nobody yet.
    let seen = incidents.iter().filter(|it| it.event.kind == EventKind::FirstSeen);
    let seen = seen.filter(|it| match (&of.sha256, &it.event.sha256) {
        (Some(wanted), Some(sha256)) => wanted.first() <= sha256 && sha256 <= wanted.last(),
        (wanted, _) => wanted.is_none(),
    });
    for stored in seen {
        decided.entry((stored.event.registry.clone(), stored.event.version.clone())).or_default();
    }
    let mut views = Views { index, name: &of.name, now, known: BTreeMap::new() };
    let mut releases = Vec::new();
    for ((registry, version), tallies) in decided {
        let view = match &registry {
            Some(registry) => views.of(registry).await?,
            None => None,
        };
        let mut release = Release {
            name: of.name.clone(),
            first_seen: first_seen(&incidents, &registry, &version),
            checksums: Vec::new(),
            decisions: tallies.into_iter().map(Decided::from).collect(),
            replaced_by: Vec::new(),
            conflicts: conflicts(&incidents, &registry, &version),
            upstream: Upstream { says: Says::NotStored, sha256: None, confirmed: None, age: None },
            version,
            registry,
        };
        release.checksums = checksums(&release);
        release.replaced_by = replaced_by(&release, &arrivals);
        release.upstream = upstream(&release, view);
        releases.push(release);
    }
    releases.sort_by(|a, b| (&a.version, &a.registry).cmp(&(&b.version, &b.registry)));
    Ok(Gathered { releases, incidents, truncated })
}

/// What is about the crate as a whole concerns each version, and what names no team each of them.
fn concerns(stored: &StoredEvent, of: &Traced) -> bool {
    let event = &stored.event;
    let own = |team: &TeamId| of.team.as_ref().is_none_or(|own| own == team);
    event.team.as_ref().is_none_or(own)
        && (of.version.is_none() || event.version.is_none() || event.version == of.version)
}

fn of_release<'i>(
    incidents: &'i [StoredEvent],
    kind: EventKind,
    registry: &'i Option<RegistryName>,
    version: &'i Option<Version>,
) -> impl Iterator<Item = &'i StoredEvent> {
    incidents.iter().filter(move |stored| {
        let event = &stored.event;
        event.kind == kind && event.registry == *registry && event.version == *version
    })
}

fn first_seen(
    incidents: &[StoredEvent],
    registry: &Option<RegistryName>,
    version: &Option<Version>,
) -> Option<FirstSeen> {
    let first = of_release(incidents, EventKind::FirstSeen, registry, version).next()?;
    Some(FirstSeen {
        time: first.event.time,
        index: first.index,
        source: first.event.source.clone(),
        sha256: first.event.sha256,
        bytes: first.event.bytes,
    })
}

fn conflicts(
    incidents: &[StoredEvent],
    registry: &Option<RegistryName>,
    version: &Option<Version>,
) -> Vec<Conflict> {
    of_release(incidents, EventKind::ChecksumConflict, registry, version)
        .map(|stored| Conflict {
            time: stored.event.time,
            index: stored.index,
            sha256: stored.event.sha256,
            detail: stored.event.detail.clone(),
        })
        .collect()
}

fn checksums(release: &Release) -> Vec<depaudit_model::Checksum> {
    let received = release.decisions.iter().filter(|it| it.let_through());
    let received = received.filter_map(|it| it.sha256);
    let seen = release.first_seen.iter().filter_map(|seen| seen.sha256);
    seen.chain(received).collect::<BTreeSet<_>>().into_iter().collect()
}

/// For each team that received it: what it received next of the same crate, another version or
/// other bytes.
fn replaced_by(release: &Release, arrivals: &[Arrival]) -> Vec<Replacement> {
    let mut firsts = BTreeMap::<&TeamId, u64>::new();
    for decided in release.decisions.iter().filter(|it| it.let_through()) {
        let first = firsts.entry(&decided.team).or_insert(u64::MAX);
        *first = decided.first_index.min(*first);
    }
    let next = |(team, first): (&TeamId, u64)| {
        let arrival = arrivals.iter().find(|it| {
            it.team == *team
                && it.registry == release.registry
                && it.first_index > first
                && (Some(&it.version) != release.version.as_ref()
                    || !release
                        .decisions
                        .iter()
                        .any(|decided| decided.first_index == it.first_index))
        })?;
        Some(Replacement {
            team: team.clone(),
            version: arrival.version.clone(),
            sha256: arrival.sha256,
            first: arrival.first,
            index: arrival.first_index,
        })
    };
    firsts.into_iter().filter_map(next).collect()
}

/// The stored views of a crate, each registry's read once.
struct Views<'a> {
    index: Option<&'a dyn UpstreamIndex>,
    name: &'a CrateName,
    now: Timestamp,
    known: BTreeMap<RegistryName, Option<(IndexView, Option<u64>)>>,
}

impl Views<'_> {
    async fn of(
        &mut self,
        registry: &RegistryName,
    ) -> Result<Option<&(IndexView, Option<u64>)>, StoreError> {
        if !self.known.contains_key(registry) {
            let view = match self.index {
                Some(index) => index.view(registry, self.name).await?,
                None => None,
            };
            let view = view.map(|view| {
                let age = self.now.since(view.confirmed).map(|age| age.as_secs());
                (view, age)
            });
            self.known.insert(registry.clone(), view);
        }
        Ok(self.known.get(registry).and_then(Option::as_ref))
    }
}

fn upstream(release: &Release, view: Option<&(IndexView, Option<u64>)>) -> Upstream {
    // What was refused by its name alone was never asked of an upstream.
    let view = view.filter(|_| release.version.is_some());
    let Some((IndexView { versions, confirmed }, age)) = view else {
        return Upstream { says: Says::NotStored, sha256: None, confirmed: None, age: None };
    };
    let listed = versions.iter().find(|it| Some(&it.version) == release.version.as_ref());
    let nothing_went_out = release.checksums.is_empty();
    let says = match listed {
        None => Says::Gone,
        // Where the upstream named another checksum, the stored view goes on with the pinned one.
        Some(_) if !release.conflicts.is_empty() => Says::Otherwise,
        Some(it) if !nothing_went_out && !release.checksums.contains(&it.checksum) => {
            Says::Otherwise
        }
        Some(listed) if listed.yanked => Says::Withdrawn,
        // What was only ever refused gives nothing to compare with.
        Some(_) if nothing_went_out => Says::Unserved,
        Some(_) => Says::Same,
    };
    let sha256 = listed.map(|it| it.checksum);
    Upstream { says, sha256, confirmed: Some(*confirmed), age: *age }
}
