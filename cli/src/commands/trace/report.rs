//! What a trace found, as programs get it.

use depaudit_model::cargo::CrateName;
use depaudit_model::event::Decision;
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::Tally;
use semver::Version;
use serde::Serialize;

use crate::commands::log::Line;

/// The name of this format. A key that means something else, or is gone, makes another name.
pub(super) const SCHEMA: &str = "depaudit.trace/1";

/// The whole answer.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) schema: &'static str,
    /// What was asked for, as it was asked.
    pub(super) subject: Option<String>,
    /// The request that was asked for, and the events that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Request>,
    /// Only this team was looked at.
    pub(super) team: Option<TeamId>,
    /// The moment of the answer.
    pub(super) time: Timestamp,
    pub(super) releases: Vec<Release>,
    /// What happened, in the order in which it did.
    pub(super) timeline: Vec<Moment>,
    /// Whether there is more on record than was looked at.
    pub(super) truncated: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Request {
    pub(super) id: RequestId,
    pub(super) events: Vec<Line>,
}

/// One version of a crate, of one registry.
#[derive(Debug, Serialize)]
pub(super) struct Release {
    #[serde(rename = "crate")]
    pub(super) name: CrateName,
    /// Absent for what was refused by the crate's name alone.
    pub(super) version: Option<Version>,
    pub(super) registry: Option<RegistryName>,
    /// The first of all times; absent where the record does not know it.
    pub(super) first_seen: Option<FirstSeen>,
    /// Every checksum that was let through or stored under this name and version.
    pub(super) checksums: Vec<Checksum>,
    /// How often what was decided for whom.
    pub(super) decisions: Vec<Decided>,
    /// What teams received instead, later.
    pub(super) replaced_by: Vec<Replacement>,
    /// The other checksums that came or were named, and were refused.
    pub(super) conflicts: Vec<Conflict>,
    pub(super) upstream: Upstream,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct FirstSeen {
    pub(super) time: Timestamp,
    pub(super) index: u64,
    /// The host that sent the bytes.
    pub(super) source: Option<String>,
    pub(super) sha256: Option<Checksum>,
    pub(super) bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Decided {
    pub(super) team: TeamId,
    pub(super) principal: Option<String>,
    pub(super) sha256: Option<Checksum>,
    pub(super) decision: Decision,
    pub(super) rule: Option<String>,
    pub(super) waiver: Option<String>,
    pub(super) policy: Option<Checksum>,
    pub(super) count: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) first_index: u64,
    pub(super) last_index: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Replacement {
    pub(super) team: TeamId,
    pub(super) version: Version,
    pub(super) sha256: Checksum,
    pub(super) first: Timestamp,
    pub(super) index: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Conflict {
    pub(super) time: Timestamp,
    pub(super) index: u64,
    pub(super) sha256: Option<Checksum>,
    pub(super) detail: Option<String>,
}

/// What the upstream's index said when it was last asked, as it is stored.
#[derive(Debug, Serialize)]
pub(super) struct Upstream {
    pub(super) says: Says,
    /// The checksum in the stored view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<Checksum>,
    /// When the upstream last confirmed the view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmed: Option<Timestamp>,
    /// How long ago that was, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Says {
    /// The checksum that was let through.
    Same,
    /// The same, and that its author withdrew it.
    Withdrawn,
    /// Another checksum, now or at some time since it was first seen.
    Otherwise,
    /// Nothing of this version any more.
    Gone,
    /// No view of the crate is stored here.
    NotStored,
}

/// One thing that happened.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    pub(super) time: Timestamp,
    pub(super) index: u64,
    pub(super) what: &'static str,
    pub(super) version: Option<Version>,
    pub(super) team: Option<TeamId>,
    pub(super) detail: Option<String>,
}

impl From<Tally> for Decided {
    fn from(tally: Tally) -> Self {
        let Tally {
            version: _,
            sha256,
            registry: _,
            team,
            principal,
            decision,
            rule,
            waiver,
            policy,
            count,
            first,
            last,
            first_index,
            last_index,
        } = tally;
        Self {
            team,
            principal,
            sha256,
            decision,
            rule,
            waiver,
            policy,
            count,
            first,
            last,
            first_index,
            last_index,
        }
    }
}

impl Decided {
    /// Whether the bytes were let through.
    pub(super) fn let_through(&self) -> bool {
        self.decision != Decision::Deny
    }
}
