use std::fmt;

use async_trait::async_trait;
use depaudit_ledger::{Edge, TileAt, TreeHash};
use depaudit_model::cargo::CrateName;
use depaudit_model::event::{Client, Event, EventKind};
use depaudit_model::{TeamId, Timestamp};
use semver::Version;

use crate::{ClientFilter, Contradiction, DigestPrefix, Head, SoFar, StoreError, Trace};

/// The append-only record of what happened.
///
/// Indices are contiguous from 0. An event that was acknowledged is durable: it survives a crash of
/// the process and a power cut. Nothing here changes or removes an event; there is no such method,
/// and the backends refuse it below as well.
#[async_trait]
pub trait AuditLog: Trace + Send + Sync + fmt::Debug {
    /// Appends records in their order, contiguously, and returns once they are durable. Waits for
    /// room when the writer is behind; records of many callers are committed together.
    ///
    /// # Errors
    /// When they could not be made durable; none of them is on record then. After
    /// [`StoreError::Broken`], all of them or none may be found when the log is opened anew.
    async fn append(&self, records: Vec<Record>) -> Result<Appended, StoreError>;

    /// How many events are on record.
    async fn length(&self) -> Result<u64, StoreError>;

    /// At most `most` events that match, in the order asked for.
    async fn read(
        &self,
        filter: &EventFilter,
        order: EventOrder,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The encodings of the events from `first` on, at most `most`, with their indices: the ledger's
    /// entries.
    async fn leaves(&self, first: u64, most: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// The hashes of a tile of the tree over the events, as many as `at.width`; none where the tree
    /// has fewer.
    async fn tile(&self, at: TileAt) -> Result<Option<Vec<TreeHash>>, StoreError>;

    /// The state of the tree over the events: it has every event that was acknowledged.
    async fn edge(&self) -> Result<Edge, StoreError>;

    /// The same, and what was sealed last, as both stood at one moment.
    async fn head(&self) -> Result<(Edge, Option<Head>), StoreError>;

    /// Seals the log as it stands, when it is exactly this one: whoever asks has looked at it. Otherwise
    /// nothing changes; [`AuditLog::head`] tells.
    async fn vouch(&self, log: Edge) -> Result<(), StoreError>;

    /// Compares all that searches, traces and counts read with what the encodings say, and gives the
    /// first contradiction: the backend's own copies of parts of them were changed. None where
    /// `so_far` ended it. Uses several threads.
    async fn contradiction(&self, so_far: SoFar) -> Result<Option<Contradiction>, StoreError>;

    /// Keeps a checkpoint that was signed. It takes the place of the newest one, unless that one
    /// has to stay.
    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError>;

    /// One that stayed need not stay any longer: it goes when a newer one comes.
    async fn release_checkpoint(&self, size: u64) -> Result<(), StoreError>;

    /// The checkpoints that are kept, the smallest first.
    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError>;

    /// How many clients are on record that match.
    async fn count_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError>;

    /// Erases the clients that match, and overwrites where they stood; gives how many these were. The
    /// events stay. Safe to repeat when it failed on its way.
    async fn forget_clients(&self, whose: &ClientFilter) -> Result<u64, StoreError>;

    /// Writes something that is no event, durably: can the log be written to? Costs one sync, however
    /// long the log is.
    async fn probe(&self) -> Result<(), StoreError>;

    /// How many records wait to be written.
    fn queued(&self) -> usize;
}

/// What is handed to the log.
#[derive(Debug, Clone)]
pub struct Record {
    /// The event, which stays for good.
    pub event: Event,
    /// Who asked, which can be erased. Its commitment is set in `event.client` by the caller.
    pub client: Option<Client>,
}

/// Where appended records stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The index of the first of them.
    pub first: u64,
}

/// A signed checkpoint of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// How many events it is about.
    pub size: u64,
    /// When it was signed.
    pub time: Timestamp,
    /// Whether it stays when a newer one comes: the last one of a day, or of a key.
    pub stays: bool,
    /// The signed note, verbatim.
    pub note: String,
}

/// In which order to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOrder {
    /// From `after` on, oldest first.
    OldestFirst,
    /// The newest that match, newest first.
    NewestFirst,
}

/// Which events to read. Every condition given must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only events from this index on.
    pub from: u64,
    /// Only events not older than this.
    pub since: Option<Timestamp>,
    /// Only of this team.
    pub team: Option<TeamId>,
    /// Only of this crate, in any spelling.
    pub name: Option<CrateName>,
    /// Only of this version.
    pub version: Option<Version>,
    /// Only with this digest, or with one that begins so.
    pub sha256: Option<DigestPrefix>,
    /// Only of these kinds; empty means all.
    pub kinds: Vec<EventKind>,
}

/// An event on record.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place.
    pub index: u64,
    /// The canonical encoding, byte for byte as it was committed.
    pub leaf: Vec<u8>,
    /// The event, decoded from it.
    pub event: Event,
    /// Who asked, unless it was erased.
    pub client: Option<Client>,
}
