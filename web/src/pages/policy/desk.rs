use std::fmt;

use async_trait::async_trait;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp, WaiverId};
use depaudit_policy::door::{Lifted, RuleInForce};
use depaudit_policy::{Day, KnownRule, Link, Phrase};
use depaudit_store::{Asked, StoreError, Waiver};
use semver::VersionReq;

/// The policy at this server's doors, for the pages; wired by the binary.
#[async_trait]
pub trait PolicyDesk: Send + Sync + fmt::Debug {
    /// What is in force now.
    fn in_force(&self) -> DoorInForce;

    /// The rules of the scan, in the order of their codes.
    fn scan_rules(&self) -> Vec<ScanRule>;

    /// The waivers of a team and those for all teams; every one without a team.
    async fn waivers(&self, team: Option<&TeamId>) -> Result<Vec<KeptWaiver>, StoreError>;

    /// What was refused and asked for, and no waiver lets through now; what was asked for last first.
    async fn queue(&self, team: Option<&TeamId>) -> Result<Vec<Asked>, StoreError>;

    /// Keeps a waiver that `by` asks for; where one person is enough, it opens the doors at once.
    async fn propose(&self, asked: Proposal, by: &str) -> Result<(), DeskRefusal>;

    /// Grants a waiver of a team, or of any where none is given.
    async fn grant(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
    ) -> Result<(), DeskRefusal>;

    /// Ends a waiver before its day.
    async fn end(
        &self,
        id: &WaiverId,
        team: Option<&TeamId>,
        by: &str,
        why: &Phrase,
    ) -> Result<(), DeskRefusal>;

    /// Takes a release out of the queue without letting it through; for a team, out of its own alone.
    async fn dismiss(
        &self,
        registry: &RegistryName,
        release: &Release,
        team: Option<&TeamId>,
        by: &str,
        why: &Phrase,
    ) -> Result<(), DeskRefusal>;
}

/// A waiver that somebody asks for.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What it is for.
    pub about: ProposalAbout,
    /// For which registry's crates.
    pub registry: RegistryName,
    /// For which team.
    pub team: TeamId,
    /// Who answers for it.
    pub owner: Phrase,
    /// Why.
    pub reason: Phrase,
    /// Where more is said.
    pub link: Option<Link>,
    /// The first day on which it does not hold any more.
    pub expires: Day,
}

/// What a waiver is asked for.
#[derive(Debug, Clone)]
pub enum ProposalAbout {
    /// Versions of a crate.
    Release {
        /// The crate.
        name: CrateName,
        /// Its versions.
        version: VersionReq,
        /// The rules that it lifts.
        lifts: Lifted,
    },
    /// An advisory, whatever it is about.
    Advisory(Phrase),
}

/// Why nothing was changed; the texts are for whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskRefusal {
    /// There is nothing of that name for them.
    #[error("{0}")]
    Unknown(String),
    /// The team is none that is served.
    #[error("{0}")]
    Team(String),
    /// Its day is too near or too far.
    #[error("{0}")]
    Expiry(String),
    /// It cannot be done now, or not by this person.
    #[error("{0}")]
    Refused(String),
    /// It could not be put on record, or kept.
    #[error("the waivers cannot be changed now")]
    Store(#[from] StoreError),
}

/// A waiver, and whether it opens anything once its day has not come: it was granted, by a second
/// person where the policy asks for one, and not ended.
#[derive(Debug, Clone)]
pub struct KeptWaiver {
    /// The waiver.
    pub waiver: Waiver,
    /// Whether it opens anything.
    pub opens: bool,
}

/// What is in force at the doors.
#[derive(Debug, Clone)]
pub struct DoorInForce {
    /// Every rule, in the order in which they look.
    pub rules: Vec<RuleInForce>,
    /// The digest of the policy; absent without one.
    pub digest: Option<Checksum>,
    /// How often other rules were put in force.
    pub revision: u64,
    /// Since when these are.
    pub since: Timestamp,
    /// When the files were last read whole; absent while nothing was.
    pub last_read: Option<Timestamp>,
    /// Why what was to replace it could not.
    pub broken: Option<String>,
    /// Since when another server on the same data goes by another policy, as far as is known.
    pub contested: Option<Timestamp>,
    /// What is known of advisories.
    pub advisories: AdvisoriesInForce,
    /// Whether a waiver needs two persons.
    pub two_persons: bool,
    /// How many days a waiver may hold.
    pub longest_waiver_days: u16,
}

/// What is known of advisories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvisoriesInForce {
    /// No database is configured.
    None,
    /// One is, and could never be read.
    Unreadable,
    /// So many were read.
    Read(usize),
}

/// A rule of the scan, as the auditor documents it.
#[derive(Debug, Clone)]
pub struct ScanRule {
    /// What a policy knows of it.
    pub known: KnownRule,
    /// What it fires on, as a heading.
    pub title: String,
    /// Its documentation, in Markdown.
    pub documentation: &'static str,
}
