//! What goes on record: the leaves of the ledger.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cargo::CrateName;
use crate::{Checksum, RegistryName, RequestId, TeamId, Timestamp};

/// One thing that happened, as it stands on record for good.
///
/// Fields that do not apply are absent from the encoding. Nothing personal stands here: who the
/// client was is a [commitment](Client::commitment) whose content is kept apart, where it can be
/// erased without breaking the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub time: Timestamp,
    /// For which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Who proved to be asking: a token's name. Absent while the server asks for no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Which upstream registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryName>,
    /// Which crate.
    #[serde(default, rename = "crate", skip_serializing_if = "Option::is_none")]
    pub name: Option<CrateName>,
    /// Which version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<semver::Version>,
    /// The digest of the crate's bytes, or of the index view that was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Checksum>,
    /// How many bytes: of the crate (decided), of the body that left (finished), of the view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where the bytes came from first: the upstream's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How the cache answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheOutcome>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The rule that decided, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What lifted the objection of a rule: which rule, and the waiver or the line of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// The digest of the policy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Checksum>,
    /// Whether the whole answer left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How old an index view was, in seconds, since the upstream last confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u64>,
    /// How many equal answers this one event stands for; absent means one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Which request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// What there is to say for a person, in at most [`LONGEST_DETAIL`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The commitment to who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Checksum>,
}

/// The longest [`Event::detail`], in characters.
pub const LONGEST_DETAIL: usize = 1_000;

impl Event {
    /// An event with nothing but its kind and time.
    #[must_use]
    pub const fn new(kind: EventKind, time: Timestamp) -> Self {
        Self {
            kind,
            time,
            team: None,
            principal: None,
            registry: None,
            name: None,
            version: None,
            sha256: None,
            bytes: None,
            source: None,
            cache: None,
            decision: None,
            rule: None,
            waiver: None,
            policy: None,
            outcome: None,
            age: None,
            count: None,
            request_id: None,
            detail: None,
            client: None,
        }
    }

    /// Adds a text for people, cut at [`LONGEST_DETAIL`] characters: details quote the outside
    /// world, and an event has to fit into a leaf.
    #[must_use]
    pub fn with_detail(mut self, detail: &str) -> Self {
        self.detail = Some(detail.chars().take(LONGEST_DETAIL).collect());
        self
    }
}

/// Declares an enum whose variants have one written form, used in JSON, SQL and on the terminal.
macro_rules! written {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The written form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

written! {
    /// What kind of thing happened.
    EventKind {
        /// A view of a crate's index entry was served to a team.
        IndexServed = "index-served",
        /// A download was allowed or denied; on record before its first byte.
        DownloadDecided = "download-decided",
        /// The answer to a download has ended.
        DownloadFinished = "download-finished",
        /// A version's bytes were verified and stored for the first time.
        FirstSeen = "first-seen",
        /// The upstream names, or sends, another checksum than the pinned one.
        ChecksumConflict = "checksum-conflict",
        /// A crate broke a rule for archives and was not stored.
        CrateRefused = "crate-refused",
        /// A line of an upstream index entry was unusable and was left out.
        IndexLineDropped = "index-line-dropped",
        /// A version that the upstream listed is gone.
        UpstreamChanged = "upstream-changed",
        /// Other rules are in force, or the old ones stay because what should replace them cannot be
        /// read.
        PolicyChanged = "policy-changed",
        /// Somebody asked for a waiver at the doors; it opens nothing yet.
        WaiverProposed = "waiver-proposed",
        /// A waiver opens the doors from now on, until its day.
        WaiverGranted = "waiver-granted",
        /// A waiver was ended before its day.
        WaiverEnded = "waiver-ended",
        /// A team's scan was reported.
        ReportReceived = "report-received",
        /// Answers went out while the record could not be written (best-effort mode only).
        RecordGap = "record-gap",
        /// A CI job's identity was exchanged for a token.
        TokenExchanged = "token-exchanged",
        /// Somebody operated the cache: a purge, a repair, a prefetch.
        Administration = "administration",
    }
}

written! {
    /// How the cache answered.
    CacheOutcome {
        /// It was there.
        Hit = "hit",
        /// It was fetched for this request.
        Miss = "miss",
        /// It was being fetched for another request, which this one joined.
        Coalesced = "coalesced",
        /// It was there, older than the freshness bound, and the upstream did not answer.
        Stale = "stale",
    }
}

written! {
    /// What was decided.
    Decision {
        /// The bytes may leave.
        Allow = "allow",
        /// They may; a rule in dry run would have said no.
        WouldDeny = "would-deny",
        /// They may not.
        Deny = "deny",
    }
}

written! {
    /// How an answer ended.
    Outcome {
        /// All of it was handed to the connection.
        Complete = "complete",
        /// The client left first.
        Aborted = "aborted",
        /// It was cut off on purpose: what came from the upstream proved wrong or stopped.
        Failed = "failed",
    }
}

/// Who asked, as far as the request tells. Kept apart from the event, and erasable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The peer's address, without its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<std::net::IpAddr>,
    /// The User-Agent header: a hint, since anybody can write anything there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Random bytes that make the commitment unguessable; gone when the client is erased.
    pub salt: u128,
}

impl Client {
    /// What stands in the event: SHA-256 over the salt and the two texts, each behind its length.
    ///
    /// Whoever holds the client's data can show that it is the one on record; whoever holds the
    /// record alone learns nothing, since the salt has 128 bits.
    #[must_use]
    pub fn commitment(&self) -> Checksum {
        let address = self.address.map(|address| address.to_string());
        Self::commitment_to(self.salt, address.as_deref(), self.user_agent.as_deref())
    }

    /// The commitment to a client whose two texts are at hand.
    #[must_use]
    pub fn commitment_to(salt: u128, address: Option<&str>, user_agent: Option<&str>) -> Checksum {
        let mut hasher = Sha256::new();
        hasher.update(b"depaudit client 1\0");
        hasher.update(salt.to_be_bytes());
        for text in [address, user_agent] {
            let text = text.unwrap_or_default();
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        Checksum::from_bytes(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    #[test]
    fn an_event_is_read_as_it_was_written_and_absent_fields_take_no_room() {
        let mut event = Event::new(EventKind::DownloadDecided, Timestamp::from_millis(1_000));
        event.name = Some("serde".parse().unwrap());
        event.version = Some("1.0.7+x".parse().unwrap());
        event.cache = Some(CacheOutcome::Miss);
        let leaf = canonical::encode(&event).unwrap();
        assert_eq!(
            String::from_utf8(leaf.clone()).unwrap(),
            r#"{"cache":"miss","crate":"serde","kind":"download-decided","time":"1970-01-01T00:00:01.000Z","version":"1.0.7+x"}"#
        );
        assert_eq!(serde_json::from_slice::<Event>(&leaf).unwrap(), event);
    }

    #[test]
    fn commitments_tell_clients_apart_and_hide_them_behind_the_salt() {
        let client = |user_agent: &str, salt| Client {
            address: Some("127.0.0.1".parse().unwrap()),
            user_agent: Some(user_agent.into()),
            salt,
        };
        assert_eq!(client("cargo", 1).commitment(), client("cargo", 1).commitment());
        assert_ne!(client("cargo", 1).commitment(), client("cargo", 2).commitment());
        assert_ne!(client("cargo", 1).commitment(), client("curl", 1).commitment());
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventKind::ALL.len());
    }
}
