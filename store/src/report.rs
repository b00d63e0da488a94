use bytes::Bytes;
use depaudit_model::{Checksum, TeamId, Timestamp};

/// What a scan reported, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReport {
    /// The digest of its one encoding.
    pub digest: Checksum,
    /// Whose it is.
    pub team: TeamId,
    /// The team's repository.
    pub repository: String,
    /// The branch that was scanned.
    pub branch: String,
    /// When the scan ran.
    pub time: Timestamp,
    /// When it came.
    pub received: Timestamp,
    /// Its encoding, compressed (gzip).
    pub body: Bytes,
}

/// What of the reports to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRetention {
    /// Those older than this, unless they are the newest of their branch.
    pub before: Timestamp,
    /// The oldest of a team that has more than so many.
    pub most_of_a_team: u32,
}
