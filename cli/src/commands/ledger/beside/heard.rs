use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp, WaiverId};
use memchr::memmem::Finder;
use semver::Version;
use sha2::{Digest, Sha256};

use super::tokens::{Made, Told};
use super::{clients, sessions};

/// Stands in each entry once: within a text, a quotation mark is escaped.
const KIND: &str = r#""kind":""#;
const CLIENT: &str = r#""client":""#;

/// What the entries say of that which stands beside them. Of ten million, all but a few are told by their
/// kind alone: decoding each would take longer than verifying it.
pub(in super::super) struct Heard {
    kind: Finder<'static>,
    client: Finder<'static>,
    /// The checksum under which a version was first stored, and by which entry.
    pub(super) first_seen: HashMap<Key, (u64, Checksum)>,
    /// How many versions of a crate that is.
    pub(super) seen: HashMap<Key, u64>,
    /// A version that was first seen with two checksums.
    pub(super) twice: Option<String>,
    /// What was done to each waiver.
    pub(super) waivers: HashMap<WaiverId, Vec<(u64, Event)>>,
    /// The tokens that were made.
    pub(super) made: HashMap<Key, Made>,
    /// The ids of those that were revoked, and by which entry.
    pub(super) revoked: HashMap<String, u64>,
    /// Those that another one took the place of, by which entry, and when they end.
    pub(super) rotated: HashMap<String, (u64, Option<Timestamp>)>,
    /// What each login was sealed with.
    pub(super) logins: HashSet<u128>,
    /// Reports that came, and whose they were.
    pub(super) reports: HashSet<Key>,
    /// How many entries are committed to a client.
    pub(super) clients: u64,
    /// How many clients were forgotten, by the record.
    pub(super) forgotten: u64,
}

/// A digest that tells things apart, in little memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut key = [0; 16];
        key.iter_mut().zip(hasher.finalize()).for_each(|(place, byte)| *place = byte);
        Self(key)
    }

    /// A version of a crate, whose name is lowercased.
    pub(super) fn of_release(registry: &RegistryName, crate_key: &str, version: &Version) -> Self {
        let version = version.to_string();
        Self::of(&[registry.as_str().as_bytes(), crate_key.as_bytes(), version.as_bytes()])
    }

    pub(super) fn of_crate(registry: &RegistryName, crate_key: &str) -> Self {
        Self::of(&[registry.as_str().as_bytes(), crate_key.as_bytes()])
    }

    pub(super) fn of_report(digest: &Checksum, team: &TeamId) -> Self {
        Self::of(&[digest.as_bytes(), team.as_str().as_bytes()])
    }
}

impl Heard {
    pub(in super::super) fn new() -> Self {
        Self {
            kind: Finder::new(KIND),
            client: Finder::new(CLIENT),
            first_seen: HashMap::new(),
            seen: HashMap::new(),
            twice: None,
            waivers: HashMap::new(),
            made: HashMap::new(),
            revoked: HashMap::new(),
            rotated: HashMap::new(),
            logins: HashSet::new(),
            reports: HashSet::new(),
            clients: 0,
            forgotten: 0,
        }
    }

    /// Looks at an entry. One that is no event says nothing.
    pub(in super::super) fn entry(&mut self, index: u64, entry: &[u8]) {
        let Some(at) = self.kind.find(entry) else { return };
        // The keys of an entry are in order: the client stands before the kind.
        let (before, kind) = entry.split_at(at);
        self.clients += u64::from(self.client.find(before).is_some());
        let kind = kind.get(KIND.len()..).unwrap_or_default();
        let kind = kind.split(|byte| *byte == b'"').next().unwrap_or_default();
        let told = [
            EventKind::FirstSeen,
            EventKind::WaiverProposed,
            EventKind::WaiverGranted,
            EventKind::WaiverEnded,
            EventKind::ReportReceived,
            EventKind::TokenExchanged,
            EventKind::Administration,
        ];
        if !told.iter().any(|told| told.as_str().as_bytes() == kind) {
            return;
        }
        if let Ok(event) = serde_json::from_slice(entry) {
            self.hear(index, event);
        }
    }

    fn hear(&mut self, index: u64, event: Event) {
        match event.kind {
            EventKind::FirstSeen => {
                let Event { registry, name, version, sha256, .. } = event;
                if let (Some(registry), Some(name), Some(version), Some(sha256)) =
                    (registry, name, version, sha256)
                {
                    // What was evicted is seen anew: the first one counts.
                    let crate_key = name.index_key();
                    let key = Key::of_release(&registry, &crate_key, &version);
                    match self.first_seen.entry(key) {
                        Entry::Vacant(place) => {
                            place.insert((index, sha256));
                            *self.seen.entry(Key::of_crate(&registry, &crate_key)).or_default() +=
                                1;
                        }
                        Entry::Occupied(seen) if seen.get().1 != sha256 => {
                            self.twice.get_or_insert_with(|| {
                                format!(
                                    "{name} {version} of {registry} was first seen with {} (entry {}), \
                                     and with {sha256} (entry {index}): what was pinned was removed \
                                     between the two",
                                    seen.get().1,
                                    seen.get().0
                                )
                            });
                        }
                        Entry::Occupied(_) => {}
                    }
                }
            }
            EventKind::WaiverProposed | EventKind::WaiverGranted | EventKind::WaiverEnded => {
                let id = event.detail.as_deref().and_then(|it| it.strip_prefix("waiver "));
                let id = id.and_then(|it| it.split(',').next()).and_then(|id| id.parse().ok());
                if let Some(id) = id {
                    self.waivers.entry(id).or_default().push((index, event));
                }
            }
            EventKind::ReportReceived => {
                if let (Some(digest), Some(team)) = (&event.sha256, &event.team) {
                    self.reports.insert(Key::of_report(digest, team));
                }
            }
            EventKind::Administration | EventKind::TokenExchanged => match Told::read(&event) {
                Some(Told::Made(key, made)) => {
                    self.made.insert(key, made);
                }
                Some(Told::Rotated { old, ends, made: (key, made) }) => {
                    self.rotated.insert(old, (index, ends));
                    self.made.insert(key, made);
                }
                Some(Told::Revoked(id)) => {
                    self.revoked.entry(id).or_insert(index);
                }
                None => {
                    self.logins.extend(sessions::mark_of(&event));
                    if clients::is_forgetting(&event) {
                        self.forgotten = self.forgotten.saturating_add(event.count.unwrap_or(0));
                    }
                }
            },
            _ => {}
        }
    }
}
