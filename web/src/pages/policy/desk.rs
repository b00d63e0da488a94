use std::fmt;

use async_trait::async_trait;
use depaudit_model::{Checksum, TeamId, Timestamp};
use depaudit_policy::KnownRule;
use depaudit_policy::door::RuleInForce;
use depaudit_store::{Asked, StoreError, Waiver};

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
