use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::event::Decision;
use depaudit_model::{Checksum, OnRecord, RegistryName, RequestId, Standing, TeamId, Timestamp};
use semver::Version;

use crate::{DigestPrefix, StoreError, StoredEvent};

/// Who received which bytes, when, by which decision: answered from what is counted as the events
/// come. What an answer costs grows with the number of its rows, never with the length of the record.
#[async_trait]
pub trait Trace: Send + Sync {
    /// How often what was decided for whom, the earliest first; at most `most` rows.
    async fn tallies(&self, of: &Traced, most: usize) -> Result<Vec<Tally>, StoreError>;

    /// When each version of a crate was first let through to each team, the earliest first; at most
    /// `most` rows.
    async fn arrivals(
        &self,
        name: &CrateName,
        team: Option<&TeamId>,
        most: usize,
    ) -> Result<Vec<Arrival>, StoreError>;

    /// The events about a crate that are neither a view nor a download: first seen, conflicts,
    /// refusals, changes at the upstream. The newest `most` of them, the oldest first.
    async fn incidents(
        &self,
        name: &CrateName,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The events that a request led to, the oldest first; at most `most`.
    async fn of_request(
        &self,
        request: &RequestId,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The crates that the record knows under a digest, with their versions; at most `most`.
    async fn releases_with(
        &self,
        sha256: DigestPrefix,
        most: usize,
    ) -> Result<Vec<Release>, StoreError>;

    /// What rules in dry run objected to and let pass, by release, team and rule, the latest first; at
    /// most `most` rows. Goes through every count once, as soon as any rule ever was in dry run.
    async fn dry_runs(&self, team: Option<&TeamId>, most: usize)
    -> Result<Vec<DryRun>, StoreError>;

    /// Every checksum that the record knows of each of these releases of a registry, in their order,
    /// and whether the bytes went to `team` or to others. Without a team, all are others.
    async fn known_bytes(
        &self,
        registry: &RegistryName,
        team: Option<&TeamId>,
        releases: &[Release],
    ) -> Result<Vec<Vec<KnownBytes>>, StoreError>;

    /// The teams that anything was decided for, by name; at most `most`.
    async fn teams(&self, most: usize) -> Result<Vec<TeamOnRecord>, StoreError>;

    /// Which of these bytes each team was let through to. It goes once through what is counted, so it
    /// costs some tenths of a second where many teams took many releases: whoever asks often keeps the
    /// answer for a while.
    async fn received(&self, of: Arc<HashSet<Checksum>>) -> Result<Vec<TeamReceived>, StoreError>;

    /// What these teams were let through to since a time, in no order; at most `most` rows. It goes
    /// through what is counted, as [`Self::received`] does.
    async fn downloads(
        &self,
        teams: &BTreeSet<TeamId>,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Download>, StoreError>;
}

/// What the record knows of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamOnRecord {
    /// The team.
    pub team: TeamId,
    /// When bytes were let through to it.
    pub received: LastTime,
    /// When it was refused something.
    pub refused: LastTime,
}

/// When something happened last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastTime {
    /// It never did.
    Never,
    /// Then.
    At(Timestamp),
    /// Before this: it is not among the newest events, and nobody looked further.
    Before(Timestamp),
}

impl LastTime {
    /// Whether it ever happened.
    #[must_use]
    pub const fn is_ever(self) -> bool {
        !matches!(self, Self::Never)
    }

    /// The moment, or one that lies behind it.
    #[must_use]
    pub const fn at_the_latest(self) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::At(time) | Self::Before(time) => Some(time),
        }
    }
}

/// What a team received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamReceived {
    /// The team.
    pub team: TeamId,
    /// Its first download.
    pub first: Timestamp,
    /// Its last one.
    pub last: Timestamp,
    /// What it received of what was asked about.
    pub of: HashSet<Checksum>,
}

/// A release that a team received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The team.
    pub team: TeamId,
    /// Of which registry.
    pub registry: Option<RegistryName>,
    /// The crate, in the spelling of the index.
    pub name: CrateName,
    /// The version.
    pub version: Version,
    /// Its bytes.
    pub sha256: Checksum,
    /// The last time, for one principal under one policy.
    pub last: Timestamp,
}

/// What to trace. Every condition given must hold.
#[derive(Debug, Clone)]
pub struct Traced {
    /// This crate, in any spelling.
    pub name: CrateName,
    /// Only this version.
    pub version: Option<Version>,
    /// Only with this digest, or with one that begins so.
    pub sha256: Option<DigestPrefix>,
    /// Only for this team.
    pub team: Option<TeamId>,
}

/// How often one thing was decided for one principal of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The version; absent where a whole index entry was refused.
    pub version: Option<Version>,
    /// The digest of the bytes; absent where the name alone was refused.
    pub sha256: Option<Checksum>,
    /// Of which registry.
    pub registry: Option<RegistryName>,
    /// For which team.
    pub team: TeamId,
    /// Who proved to be asking; absent while the server asks for no token.
    pub principal: Option<String>,
    /// What was decided.
    pub decision: Decision,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
    /// What lifted a rule's objection, where something did.
    pub waiver: Option<String>,
    /// The digest of the policy in force.
    pub policy: Option<Checksum>,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// The event of the first time.
    pub first_index: u64,
    /// The event of the last time.
    pub last_index: u64,
}

/// How often a rule in dry run would have objected to a release for a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// The crate, in lower case.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// Of which registry.
    pub registry: Option<RegistryName>,
    /// For which team.
    pub team: TeamId,
    /// The rule: of several, the first that would have.
    pub rule: String,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// The event of the last time.
    pub last_index: u64,
}

/// The first time that a version was let through to a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The team.
    pub team: TeamId,
    /// The registry.
    pub registry: Option<RegistryName>,
    /// The version.
    pub version: Version,
    /// Its bytes.
    pub sha256: Checksum,
    /// When.
    pub first: Timestamp,
    /// The event.
    pub first_index: u64,
}

/// What the record knows of one checksum of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBytes {
    /// The checksum.
    pub sha256: Checksum,
    /// What went to the team that is asked about.
    pub to_team: Option<Received>,
    /// What went to others.
    pub to_others: Option<Received>,
    /// When the bytes were first verified and stored, as far as the record knows.
    pub first_seen: Option<Timestamp>,
}

impl KnownBytes {
    /// How a locked checksum stands, given all that is known of its release. Other bytes count before
    /// everything else: one name and version has one checksum, so something is wrong wherever two are
    /// known.
    #[must_use]
    pub fn stand(known: &[Self], locked: &Checksum, team_is_asked: bool) -> OnRecord {
        let others: Vec<_> =
            known.iter().map(|bytes| bytes.sha256).filter(|sha256| sha256 != locked).collect();
        let same = known.iter().find(|bytes| bytes.sha256 == *locked);
        let standing = match same {
            _ if !others.is_empty() => Standing::Conflicting,
            Some(Self { to_team: Some(_), .. }) => Standing::Served,
            Some(Self { to_others: Some(_), .. }) if team_is_asked => Standing::ServedToOthers,
            Some(Self { to_others: Some(_), .. }) => Standing::Served,
            // Stored by a prefetch, and fetched from elsewhere by whoever has it.
            Some(Self { to_others: None, .. }) | None => Standing::NeverServed,
        };
        OnRecord { standing, others }
    }
}

/// How often bytes were let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
}

/// Whose client data is meant. Every condition given must hold; without one, everybody's.
#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    /// Of requests for this team.
    pub team: Option<TeamId>,
    /// From this address.
    pub address: Option<IpAddr>,
    /// Of events older than this.
    pub before: Option<Timestamp>,
    /// Of events before this index.
    pub below: Option<u64>,
}
