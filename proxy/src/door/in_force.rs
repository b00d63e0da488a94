use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use depaudit_policy::Advisories;
use depaudit_policy::door::{
    AdvisoryHit, CrateDoor, Door, DoorVerdict, Known, Outcome, Permit, Refusal, RefusalContext,
    ReleaseFacts, UpstreamStanding,
};
use semver::Version;

use super::ascent::Ascent;
use crate::cargo::index_body::Line;
use crate::cargo::view::View;

/// What the doors go by: made by the binary from files and the store.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The policy.
    pub door: Door,
    /// The waivers that were granted while running.
    pub permits: Vec<Permit>,
    /// The advisories; `None` where no database is configured.
    pub advisories: Option<AdvisorySource>,
}

/// The advisories that are in force.
#[derive(Debug, Clone)]
pub enum AdvisorySource {
    /// A database that was read.
    Read(Arc<Advisories>),
    /// A database is configured, and could never be read: what it would say is not known.
    Unreadable,
}

/// The rules that are in force, and since when.
#[derive(Debug)]
pub struct InForce {
    rules: Rules,
    since: Timestamp,
    revision: u64,
    silent: bool,
    /// The teams with rules of their own. Each request asks, so it is looked up, not searched for.
    named: HashSet<TeamId>,
}

impl InForce {
    pub(super) fn new(rules: Rules, since: Timestamp, revision: u64) -> Self {
        let silent = rules.door.says_nothing() && rules.advisories.is_none();
        let permitted = rules.permits.iter().filter_map(|permit| permit.team.as_ref());
        let named = rules.door.named_teams().chain(permitted).cloned().collect();
        Self { rules, since, revision, silent, named }
    }

    /// The same with other waivers.
    pub(super) fn with_permits(&self, permits: Vec<Permit>, revision: u64) -> Self {
        Self::new(Rules { permits, ..self.rules.clone() }, self.since, revision)
    }

    /// The waivers that were granted.
    #[must_use]
    pub fn permits(&self) -> &[Permit] {
        &self.rules.permits
    }

    /// Counts up with each change; views are made for one revision.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether no view can differ from the upstream's.
    pub(super) const fn is_silent(&self) -> bool {
        self.silent
    }

    /// Since when these rules are in force here.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// The digest of the policy, as it stands in events.
    #[must_use]
    pub const fn digest(&self) -> Option<Checksum> {
        self.rules.door.digest()
    }

    /// What the policy says.
    #[must_use]
    pub const fn door(&self) -> &Door {
        &self.rules.door
    }

    /// The team by which views are told apart: all teams for which the rules are the same share
    /// theirs.
    pub(crate) fn scope<'t>(&self, team: &'t TeamId) -> Option<&'t TeamId> {
        self.named.contains(team).then_some(team)
    }

    /// The part of the rules that concerns one crate.
    #[must_use]
    pub fn about<'r>(
        &'r self,
        team: &'r TeamId,
        registry: &'r RegistryName,
        name: &'r CrateName,
    ) -> CrateDoor<'r> {
        self.rules.door.about(team, registry, name, &self.rules.permits)
    }

    /// What is made of a release.
    #[must_use]
    pub fn judge(
        &self,
        about: &CrateDoor<'_>,
        name: &CrateName,
        version: &Version,
        known: &Judged<'_>,
    ) -> DoorVerdict {
        let verdict = self.decide(about, name, version, known, &[]);
        // The other versions are looked at only where they may make a difference.
        let compared = known.listed.filter(|_| verdict.finds_it_too_young());
        let Some((mut ascent, listed)) = Ascent::begin(self, about, name).zip(compared) else {
            return verdict;
        };
        ascent.up_to(version, listed, known.now);
        ascent.judge_last(version, known)
    }

    /// What is made of each line of a view, in their order.
    pub(super) fn judge_all(
        &self,
        about: &CrateDoor<'_>,
        name: &CrateName,
        view: &View,
        now: Timestamp,
    ) -> Vec<DoorVerdict> {
        let judged = |line: &Line| Judged::of_line(line, view, now);
        let Some(mut ascent) = Ascent::begin(self, about, name) else {
            let decide = |line: &Line| self.decide(about, name, &line.version, &judged(line), &[]);
            return view.lines.iter().map(decide).collect();
        };
        let mut lines: Vec<_> = view.lines.iter().enumerate().collect();
        lines.sort_by(|(_, a), (_, b)| a.version.cmp(&b.version));
        let judged = lines
            .into_iter()
            .map(|(place, line)| (place, ascent.judge(&line.version, &judged(line))));
        let in_place: BTreeMap<usize, DoorVerdict> = judged.collect();
        in_place.into_values().collect()
    }

    pub(super) fn decide(
        &self,
        about: &CrateDoor<'_>,
        name: &CrateName,
        version: &Version,
        known: &Judged<'_>,
        mends: &[Box<str>],
    ) -> DoorVerdict {
        let hits = self.hits(name, version);
        let facts = ReleaseFacts {
            now: known.now,
            published: known.published.map_or(Known::Missing, Known::Yes),
            yanked: known.yanked,
            standing: known.standing,
            approved_before: known.approved_before,
            advisories: self.rules.advisories.as_ref().map(|_| match &hits {
                Some(hits) => Known::Yes(hits.as_slice()),
                None => Known::Missing,
            }),
            mends,
            licence: known.licence,
            size: known.size,
        };
        about.decide(version, &facts)
    }

    /// The advisories; `None` where no database is configured.
    #[must_use]
    pub const fn advisories(&self) -> Option<&AdvisorySource> {
        self.rules.advisories.as_ref()
    }

    /// The advisories, where a database was read.
    pub(super) fn read_advisories(&self) -> Option<&Advisories> {
        match &self.rules.advisories {
            Some(AdvisorySource::Read(advisories)) => Some(advisories),
            Some(AdvisorySource::Unreadable) | None => None,
        }
    }

    fn hits(&self, name: &CrateName, version: &Version) -> Option<Vec<AdvisoryHit>> {
        match &self.rules.advisories {
            None => Some(Vec::new()),
            Some(AdvisorySource::Read(advisories)) => {
                Some(advisories.about(name.as_str(), version))
            }
            Some(AdvisorySource::Unreadable) => None,
        }
    }

    /// The advisories about a release, by identifier.
    pub(crate) fn advisories_about(&self, name: &CrateName, version: &Version) -> Vec<String> {
        let hits = self.hits(name, version).unwrap_or_default();
        hits.iter().map(|hit| hit.id.to_string()).collect()
    }

    /// What a refused download says.
    #[must_use]
    pub fn refusal(
        &self,
        about: &CrateDoor<'_>,
        release: &Release,
        verdict: &DoorVerdict,
        view: Option<&View>,
        blocked: &dyn Fn(&Line) -> bool,
        now: Timestamp,
    ) -> Option<Refusal> {
        let others = |line: &Line| line.version == release.version || blocked(line);
        let newest =
            view.and_then(|view| self.newest_allowed(about, &release.name, view, &others, now));
        let context = RefusalContext {
            name: &release.name,
            version: &release.version,
            newest_allowed: newest.as_ref(),
            newest_is_certain: !self.rules.door.asks_for_content(),
            since: Some(self.since),
            contact: self.rules.door.contact(),
        };
        Refusal::of(verdict, &context)
    }

    /// The newest version that passes; a pre-release only where nothing else does. `blocked` knows what
    /// is blocked by what its bytes tell, as far as they were fetched.
    pub(crate) fn newest_allowed(
        &self,
        about: &CrateDoor<'_>,
        name: &CrateName,
        view: &View,
        blocked: &dyn Fn(&Line) -> bool,
        now: Timestamp,
    ) -> Option<Version> {
        let judged = view.lines.iter().zip(self.judge_all(about, name, view, now));
        let passes =
            judged.filter(|(line, verdict)| verdict.outcome == Outcome::Allowed && !blocked(line));
        let versions = passes.map(|(line, _)| &line.version);
        versions.max_by_key(|version| (version.pre.is_empty(), *version)).cloned()
    }
}

/// What is known of a release, beside what the rules bring with them.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Now.
    pub now: Timestamp,
    /// When it was published, as the index says.
    pub published: Option<Timestamp>,
    /// Whether the upstream says `yanked`.
    pub yanked: bool,
    /// How the upstream stands to what is pinned.
    pub standing: UpstreamStanding,
    /// Whether its pinned bytes are stored.
    pub approved_before: bool,
    /// Its licence.
    pub licence: Known<&'a str>,
    /// Its packed size, in bytes.
    pub size: Known<u64>,
    /// The crate's versions, it among them, for what depends on the others.
    pub listed: Option<Listed<'a>>,
}

/// What an index entry lists.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its lines.
    pub lines: &'a [Line],
    /// The versions of which the upstream names other bytes now than the pinned ones.
    pub contested: &'a BTreeSet<Version>,
}

impl<'a> Listed<'a> {
    /// What a view lists.
    #[must_use]
    pub fn of_view(view: &'a View) -> Self {
        Self { lines: &view.lines, contested: &view.contested }
    }
}

impl<'a> Judged<'a> {
    /// What a line of an index view tells. Licence and size are known only of fetched crates.
    #[must_use]
    pub fn of_line(line: &Line, view: &'a View, now: Timestamp) -> Self {
        Self::of_listed(line, Listed::of_view(view), now)
    }

    /// What a line of an index entry tells.
    #[must_use]
    pub fn of_listed(line: &Line, listed: Listed<'a>, now: Timestamp) -> Self {
        let contested = listed.contested.contains(&line.version);
        Self {
            now,
            published: line.published,
            yanked: line.yanked,
            standing: if contested { UpstreamStanding::Changed } else { UpstreamStanding::Same },
            approved_before: false,
            licence: Known::NotYet,
            size: Known::NotYet,
            listed: Some(listed),
        }
    }
}
