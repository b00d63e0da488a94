use std::fmt;

use depaudit_model::{Checksum, Timestamp};
use depaudit_policy::KnownRule;
use depaudit_policy::door::RuleInForce;

/// The policy at this server's doors, for the pages; wired by the binary.
pub trait PolicyDesk: Send + Sync + fmt::Debug {
    /// What is in force now.
    fn in_force(&self) -> DoorInForce;

    /// The rules of the scan, in the order of their codes.
    fn scan_rules(&self) -> Vec<ScanRule>;
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
