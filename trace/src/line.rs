use std::net::IpAddr;

use depaudit_model::cargo::CrateName;
use depaudit_model::event::{CacheOutcome, Decision, Event, EventKind, Outcome};
use depaudit_model::{Checksum, RegistryName, RequestId, TeamId, Timestamp};
use depaudit_store::StoredEvent;
use semver::Version;
use serde::Serialize;

/// An event as programs read it: the first fields are always there, `null` where they do not apply,
/// and in this order; the others follow when they apply.
#[derive(Debug, Serialize)]
pub struct Line {
    index: u64,
    time: Timestamp,
    kind: EventKind,
    team: Option<TeamId>,
    registry: Option<RegistryName>,
    #[serde(rename = "crate")]
    name: Option<CrateName>,
    version: Option<Version>,
    sha256: Option<Checksum>,
    bytes: Option<u64>,
    cache: Option<CacheOutcome>,
    decision: Option<Decision>,
    rule: Option<String>,
    user_agent: Option<String>,
    request_id: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The commitment that stands in the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<Checksum>,
    /// Whether who asked was on record, and was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    client_erased: bool,
    /// From the erasable table, as is `user_agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
}

impl Line {
    /// Its place in the record.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// Leaves out who asked, as if it had never been on record.
    pub(crate) fn leave_out_client(&mut self) {
        self.address = None;
        self.user_agent = None;
        self.client_erased = false;
    }
}

impl From<StoredEvent> for Line {
    fn from(StoredEvent { index, leaf: _, event, client }: StoredEvent) -> Self {
        // Taken apart without `..`, so that a field that events gain later cannot be forgotten.
        let Event {
            kind,
            time,
            team,
            principal,
            registry,
            name,
            version,
            sha256,
            bytes,
            source,
            cache,
            decision,
            rule,
            waiver,
            policy,
            outcome,
            age,
            count,
            request_id,
            detail,
            client: commitment,
        } = event;
        let client_erased = commitment.is_some() && client.is_none();
        let (address, user_agent) =
            client.map_or((None, None), |client| (client.address, client.user_agent));
        Self {
            index,
            time,
            kind,
            team,
            registry,
            name,
            version,
            sha256,
            bytes,
            cache,
            decision,
            rule,
            user_agent,
            request_id,
            principal,
            source,
            waiver,
            policy,
            outcome,
            age,
            count,
            detail,
            client: commitment,
            client_erased,
            address,
        }
    }
}
