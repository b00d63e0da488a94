use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use depaudit_model::cargo::{CrateName, Release};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp, TokenId, WaiverId};
use semver::Version;

use crate::{
    Act, Asked, Contradiction, KeptReport, PolicyMark, ReportRetention, Session, StoreError, Token,
    Waiver,
};

/// What the proxy knows about registries and about the blobs it holds.
///
/// Index entries are filed under the lowercased crate name ([`CrateName::index_key`]); releases
/// keep the published spelling.
#[async_trait]
pub trait MetaStore: Send + Sync + fmt::Debug {
    /// The newest upstream configuration (`config.json`) of a registry.
    async fn registry_config(&self, registry: &RegistryName) -> Result<Option<Bytes>, StoreError>;

    /// Keeps a registry's `config.json`.
    async fn put_registry_config(
        &self,
        registry: &RegistryName,
        body: Bytes,
    ) -> Result<(), StoreError>;

    /// The index entry of a crate, as it was last stored.
    async fn index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<IndexEntry>, StoreError>;

    /// Replaces a crate's index entry and pins the checksums that are new, in one transaction.
    ///
    /// A pin that is there already is never changed; [`Pin`]s that differ from it are ignored here,
    /// because the caller has compared them before.
    async fn put_index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        entry: &IndexEntry,
        pins: &[Pin],
    ) -> Result<(), StoreError>;

    /// Notes that the upstream confirmed the stored entry at `when`. Not durable at once: after a
    /// power cut the entry may seem older than it is, which is safe.
    async fn confirm_index_entry(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        when: Timestamp,
    ) -> Result<(), StoreError>;

    /// Every checksum pinned for a crate, in any order.
    async fn pins(&self, registry: &RegistryName, name: &CrateName)
    -> Result<Vec<Pin>, StoreError>;

    /// At most `most` pins, of every crate, in the store's own order; those that come `after` one.
    async fn all_pins(
        &self,
        after: Option<&PinnedRelease>,
        most: usize,
    ) -> Result<Vec<PinnedRelease>, StoreError>;

    /// Forgets index entries (never pins) of a crate, or of a whole registry.
    async fn forget_index(
        &self,
        registry: &RegistryName,
        name: Option<&CrateName>,
    ) -> Result<u64, StoreError>;

    /// Notes that a blob was stored, and for which release. A second note for another release of the
    /// same digest is kept beside the first.
    async fn record_blob(&self, blob: &BlobUse) -> Result<(), StoreError>;

    /// Notes that blobs were used at `when`. Not durable at once.
    async fn touch_blobs(&self, digests: &[Checksum], when: Timestamp) -> Result<(), StoreError>;

    /// The blobs used longest ago first, at most `most` of them.
    async fn least_recently_used(&self, most: usize) -> Result<Vec<BlobUse>, StoreError>;

    /// The blobs stored for a crate, or for one version of it, in every registry.
    async fn blobs_of(
        &self,
        name: &CrateName,
        version: Option<&Version>,
    ) -> Result<Vec<BlobUse>, StoreError>;

    /// Forgets that a blob is there.
    async fn forget_blob(&self, digest: &Checksum) -> Result<(), StoreError>;

    /// How much is stored.
    async fn totals(&self) -> Result<CacheTotals, StoreError>;

    /// Keeps a new token under the digest of its text.
    async fn add_token(&self, token: &Token, digest: &Checksum) -> Result<(), StoreError>;

    /// Keeps a new token in place of the one it was rotated from, which ends at `ends` unless it ends
    /// earlier anyway; both or neither. `false` when there is no such token or it was revoked: then
    /// nothing was written.
    async fn rotate_token(
        &self,
        token: &Token,
        digest: &Checksum,
        ends: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Every token, the oldest first; those that have ended, too.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// What each token is found by.
    async fn token_digests(&self) -> Result<Vec<(TokenId, Checksum)>, StoreError>;

    /// A number that differs from every earlier one as soon as a write that could have changed a
    /// token or a report is committed, by this process or another. Other writes may change it, too. Asked with
    /// each request that shows a token, so it has to be cheap; whoever keeps an answer of
    /// [`Self::token_by_digest`] keeps the number from before it.
    async fn token_version(&self) -> Result<u64, StoreError>;

    /// The token whose text has this digest, whether or not it has ended.
    async fn token_by_digest(&self, digest: &Checksum) -> Result<Option<Token>, StoreError>;

    /// The token that is called this, whether or not it has ended.
    async fn token(&self, id: &TokenId) -> Result<Option<Token>, StoreError>;

    /// Revokes a token for good. `false` when there is none, or it was revoked before.
    async fn revoke_token(&self, id: &TokenId, when: Timestamp) -> Result<bool, StoreError>;

    /// Notes that a token was used at `when`; an earlier moment than the noted one changes nothing.
    async fn token_used(&self, id: &TokenId, when: Timestamp) -> Result<(), StoreError>;

    /// Keeps a new waiver.
    async fn add_waiver(&self, waiver: &Waiver) -> Result<(), StoreError>;

    /// Notes who granted a waiver. `false` when there is none, it has ended, or another person than
    /// the proposer has granted it: then nothing was written.
    async fn grant_waiver(&self, id: &WaiverId, act: &Act) -> Result<bool, StoreError>;

    /// Ends a waiver for good. `false` when there is none, or it was ended before.
    async fn end_waiver(
        &self,
        id: &WaiverId,
        act: &Act,
        why: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// Every waiver, by expiry; those that have ended, too.
    async fn waivers(&self) -> Result<Vec<Waiver>, StoreError>;

    /// Keeps which event says what policy is in force, instead of what was kept before.
    async fn mark_policy(&self, mark: &PolicyMark) -> Result<(), StoreError>;

    /// Which event says what policy is in force, where that was kept.
    async fn policy_mark(&self) -> Result<Option<PolicyMark>, StoreError>;

    /// Notes that somebody asked for a release that is blocked hard.
    async fn ask_for(&self, asked: &Asked) -> Result<(), StoreError>;

    /// The releases that somebody asked for, each team's for itself; what was asked for last first.
    async fn asked_for(&self) -> Result<Vec<Asked>, StoreError>;

    /// Forgets that a team asked for a release, or that any did. `false` when none had.
    async fn dismiss(
        &self,
        registry: &RegistryName,
        release: &Release,
        team: Option<&TeamId>,
    ) -> Result<bool, StoreError>;

    /// Notes that an identity was exchanged for the token called `token`, until both have ended. The
    /// digest names the identity. `false` when it was exchanged before: of any number of calls at
    /// once, in any number of processes, one gets `true`.
    async fn spend_identity(
        &self,
        identity: &Checksum,
        token: &TokenId,
        ends: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Forgets exchanges that have ended at `now`, and the tokens that came of them unless another one
    /// was rotated from them. Gives how many exchanges they were.
    async fn forget_exchanges(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Keeps a new session under the digest of its cookie, and at most [`Session::MOST`] of one holder.
    async fn add_session(&self, session: &Session, digest: &Checksum) -> Result<(), StoreError>;

    /// The session whose cookie has this digest, whether or not it has ended.
    async fn session(&self, digest: &Checksum) -> Result<Option<Session>, StoreError>;

    /// Every session, with what it is found by.
    async fn sessions(&self) -> Result<Vec<(Session, Checksum)>, StoreError>;

    /// Notes that a session was used at `when`; an earlier moment than the noted one changes nothing.
    async fn session_used(&self, digest: &Checksum, when: Timestamp) -> Result<(), StoreError>;

    /// Ends a session. `false` when there is none.
    async fn end_session(&self, digest: &Checksum) -> Result<bool, StoreError>;

    /// Forgets sessions that have ended at `now`, and those that nobody used after `idle_since`. Gives
    /// how many they were.
    async fn forget_sessions(
        &self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Keeps a report. `false` when it was there already: nothing was written then.
    async fn put_report(&self, report: &KeptReport) -> Result<bool, StoreError>;

    /// Whether this report is kept.
    async fn has_report(&self, digest: &Checksum) -> Result<bool, StoreError>;

    /// Every report that is kept, the oldest scan first.
    async fn reports(&self) -> Result<Vec<KeptReport>, StoreError>;

    /// The digests of the reports that are kept, in no order. Cheap: no body is read.
    async fn report_digests(&self) -> Result<Vec<Checksum>, StoreError>;

    /// The report with this digest, if it is kept.
    async fn report(&self, digest: &Checksum) -> Result<Option<KeptReport>, StoreError>;

    /// Forgets reports; says how many.
    async fn forget_reports(&self, keep: ReportRetention) -> Result<u64, StoreError>;

    /// How the store itself was rebuilt by other means, or hides a part of what it keeps; `None` where it
    /// is as depaudit makes it.
    async fn contradiction(&self) -> Result<Option<Contradiction>, StoreError>;

    /// Writes something and takes it back: can the store be written to?
    async fn probe(&self) -> Result<(), StoreError>;
}

/// An index entry as the proxy serves it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The lines, verbatim, each ended by a newline. Lines that must not be served are not here.
    pub body: Bytes,
    /// What to send with the next conditional request.
    pub validators: Validators,
    /// When the upstream last said that this is the newest.
    pub confirmed: Timestamp,
}

/// What an upstream names a version of a document by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header; ASCII only.
    pub etag: Option<String>,
    /// The `Last-Modified` header; used when there is no ETag.
    pub last_modified: Option<String>,
}

/// The first checksum seen for a version; it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The version.
    pub version: Version,
    /// Its checksum.
    pub checksum: Checksum,
}

/// A pin, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedRelease {
    /// Which registry's crate.
    pub registry: RegistryName,
    /// The crate, by [`CrateName::index_key`].
    pub name: CrateName,
    /// Its version, and the checksum.
    pub pin: Pin,
}

/// A blob, the release it was stored for, and when it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobUse {
    /// Its digest.
    pub digest: Checksum,
    /// Its size in bytes.
    pub size: u64,
    /// The registry it came from.
    pub registry: RegistryName,
    /// The crate and version.
    pub release: Release,
    /// When it was stored.
    pub stored: Timestamp,
    /// When it was last asked for.
    pub used: Timestamp,
}

/// How much is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheTotals {
    /// Crate files.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Index entries.
    pub index_entries: u64,
    /// Their bytes as served, uncompressed.
    pub index_bytes: u64,
    /// Pinned checksums.
    pub pins: u64,
}
