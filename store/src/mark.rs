use depaudit_model::{Checksum, Timestamp};

/// Which event says what policy is in force: a place to look at in a long record, which is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyMark {
    /// The digest of the policy; absent for none.
    pub digest: Option<Checksum>,
    /// What the event tells.
    pub told: String,
    /// Since when this policy is in force without a break.
    pub since: Timestamp,
    /// The event's index.
    pub index: u64,
}

impl PolicyMark {
    /// The index of what is about to be put on record: no event has it, so that such a mark is borne out by
    /// none.
    pub const NOWHERE: u64 = i64::MAX as u64;
}
