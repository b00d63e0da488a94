//! What the world knows, and the locks that it is held against.

mod locked;
mod recorded;

pub use depaudit_model::cargo::{Absent, Facts, PublishedRelease, Withdrawal};

pub(crate) use locked::{LockedRelease, LockedReleases};
pub(crate) use recorded::{Holder, LockedCrates};
