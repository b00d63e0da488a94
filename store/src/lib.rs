//! Where bytes, metadata and events are kept.
//!
//! Three narrow seams, [`BlobStore`], [`MetaStore`] and [`AuditLog`], each held as an
//! `Arc<dyn ...>` and chosen once, in the binary. The embedded backends are a folder
//! ([`folder`]) and SQLite ([`sqlite`]).

mod audit_log;
mod blob_store;
mod blocking;
mod contradiction;
mod digest_prefix;
mod error;
pub mod folder;
mod head;
mod mark;
mod meta_store;
mod private;
mod record_tiles;
mod report;
mod session;
pub mod sqlite;
mod token;
mod trace;
mod waiver;

pub use audit_log::{
    Appended, AuditLog, EventFilter, EventOrder, KeptCheckpoint, Record, StoredEvent,
};
pub use blob_store::{BlobStore, BlobWriter, ByteSource, StoredBlob};
pub use contradiction::{Contradiction, Counts, SoFar};
pub use digest_prefix::{DigestPrefix, DigestPrefixError};
pub use error::StoreError;
pub use head::{Head, Seals};
pub use mark::PolicyMark;
pub use meta_store::{BlobUse, CacheTotals, IndexEntry, MetaStore, Pin, PinnedRelease, Validators};
pub use record_tiles::RecordTiles;
pub use report::{KeptReport, ReportRetention};
pub use session::{Holder, Person, PersonRole, PersonRoleError, Session};
pub use token::Token;
pub use trace::{
    Arrival, ClientFilter, Download, DryRun, KnownBytes, LastTime, Received, Tally, TeamOnRecord,
    TeamReceived, Trace, Traced,
};
pub use waiver::{Act, Asked, Waiver, WaiverAbout};
