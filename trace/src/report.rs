//! What a trace found, as programs get it.

use depaudit_model::cargo::CrateName;
use depaudit_model::event::{Decision, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::Tally;
use semver::Version;
use serde::Serialize;

use super::Line;

/// The name of a report's format. A key that means something else, or is gone, makes another name.
pub const SCHEMA: &str = "depaudit.trace/1";

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The name of the format: [`SCHEMA`].
    pub schema: &'static str,
    /// What was asked for, as it was asked.
    pub subject: Option<String>,
    /// The request that was asked for, and the events that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Only this team was looked at.
    pub team: Option<TeamId>,
    /// The moment of the answer.
    pub time: Timestamp,
    /// Every release that it is about, by version.
    pub releases: Vec<Release>,
    /// What happened, in the order in which it did.
    pub timeline: Vec<Moment>,
    /// Whether there is more on record than was looked at.
    pub truncated: bool,
}

/// A request, and what it led to.
#[derive(Debug, Serialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// What it led to, the oldest first.
    pub events: Vec<Line>,
}

/// One version of a crate, of one registry.
#[derive(Debug, Serialize)]
pub struct Release {
    /// Which crate.
    #[serde(rename = "crate")]
    pub name: CrateName,
    /// Absent for what was refused by the crate's name alone.
    pub version: Option<Version>,
    /// Of which registry.
    pub registry: Option<RegistryName>,
    /// The first of all times; absent where the record does not know it.
    pub first_seen: Option<FirstSeen>,
    /// Every checksum that was let through or stored under this name and version.
    pub checksums: Vec<Checksum>,
    /// How often what was decided for whom.
    pub decisions: Vec<Decided>,
    /// What teams received next. The record knows teams alone: whether each of a team's repositories moved,
    /// what they report tells.
    pub replaced_by: Vec<Replacement>,
    /// The other checksums that came or were named, and were refused.
    pub conflicts: Vec<Conflict>,
    /// What the upstream's index said last.
    pub upstream: Upstream,
}

/// When bytes were verified and stored for the first time.
#[derive(Debug, Clone, Serialize)]
pub struct FirstSeen {
    /// When.
    pub time: Timestamp,
    /// The event.
    pub index: u64,
    /// The host that sent the bytes.
    pub source: Option<String>,
    /// Their digest.
    pub sha256: Option<Checksum>,
    /// How many they are.
    pub bytes: Option<u64>,
}

/// What was decided for somebody, and how often.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// For which team.
    pub team: TeamId,
    /// Who proved to be asking; absent while the server asks for no token.
    pub principal: Option<String>,
    /// The digest of the bytes.
    pub sha256: Option<Checksum>,
    /// What was decided.
    pub decision: Decision,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
    /// What lifted a rule's objection.
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

/// What a team received next of the same crate.
#[derive(Debug, Serialize)]
pub struct Replacement {
    /// Which team.
    pub team: TeamId,
    /// Which version.
    pub version: Version,
    /// Which bytes.
    pub sha256: Checksum,
    /// When first.
    pub first: Timestamp,
    /// The event.
    pub index: u64,
}

/// Other bytes under the same name and version, which were refused.
#[derive(Debug, Serialize)]
pub struct Conflict {
    /// When.
    pub time: Timestamp,
    /// The event.
    pub index: u64,
    /// Their digest.
    pub sha256: Option<Checksum>,
    /// What there is to say.
    pub detail: Option<String>,
}

/// What the upstream's index said when it was last asked, as it is stored.
#[derive(Debug, Serialize)]
pub struct Upstream {
    /// How it compares with the record.
    pub says: Says,
    /// The checksum in the stored view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Checksum>,
    /// When the upstream last confirmed the view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Timestamp>,
    /// How long ago that was, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u64>,
}

/// How what the upstream's index said last compares with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// The checksum that was let through.
    Same,
    /// No other checksum, and that its author withdrew it.
    Withdrawn,
    /// A checksum, and nothing of it was let through or stored here that it could differ from.
    Unserved,
    /// Another checksum, now or at some time since it was first seen.
    Otherwise,
    /// Nothing of this version any more.
    Gone,
    /// No view of the crate is stored here.
    NotStored,
}

impl Says {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Withdrawn => "withdrawn",
            Self::Unserved => "unserved",
            Self::Otherwise => "otherwise",
            Self::Gone => "gone",
            Self::NotStored => "not-stored",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Same => "still says the same",
            Self::Withdrawn => "names no other checksum, and says that its author withdrew it",
            Self::Unserved => "lists it; nothing of it was served here",
            Self::Otherwise => "named another checksum since it was first seen",
            Self::Gone => "does not list this version any more",
            Self::NotStored => "is not known: no view of the crate is stored here",
        }
    }
}

impl Upstream {
    /// What it does or says, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.says, &self.sha256) {
            (Says::Unserved, Some(sha256)) => {
                format!("names sha256 {sha256}; nothing of it was served here")
            }
            (says, _) => says.words().to_owned(),
        }
    }
}

impl Moment {
    /// Whether it is something that somebody should look into.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self.what, "checksum-conflict" | "crate-refused" | "first-denied" | "last-denied")
    }
}

impl Report {
    /// Leaves out who asked for it, by address and program: that is for operators.
    pub fn leave_out_clients(&mut self) {
        let events = self.request.iter_mut().flat_map(|request| &mut request.events);
        events.for_each(Line::leave_out_client);
    }

    /// Leaves out when releases were seen first that the one team asked about never received: that they were
    /// seen here at all is another team's receipt. That one was refused stays, since it warns everybody.
    pub fn leave_out_others(&mut self) {
        let of_others = |it: &Release| !it.decisions.iter().any(Decided::let_through);
        self.releases.retain(|it| !it.decisions.is_empty() || !it.conflicts.is_empty());
        for release in self.releases.iter_mut().filter(|it| of_others(it)) {
            release.first_seen = None;
            release.checksums.clear();
        }
        let releases = &self.releases;
        let own = |moment: &Moment| {
            releases.iter().any(|it| !of_others(it) && it.version == moment.version)
        };
        self.timeline.retain(|it| it.what != EventKind::FirstSeen.as_str() || own(it));
    }
}

impl Release {
    /// What a team that received this received next.
    #[must_use]
    pub fn replacement_for(&self, decided: &Decided) -> Option<&Replacement> {
        self.replaced_by.iter().find(|next| next.team == decided.team && decided.let_through())
    }
}

/// One thing that happened.
#[derive(Debug, Serialize)]
pub struct Moment {
    /// When.
    pub time: Timestamp,
    /// The event.
    pub index: u64,
    /// What.
    pub what: &'static str,
    /// To which version.
    pub version: Option<Version>,
    /// For which team.
    pub team: Option<TeamId>,
    /// What there is to say.
    pub detail: Option<String>,
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
    #[must_use]
    pub fn let_through(&self) -> bool {
        self.decision != Decision::Deny
    }
}
