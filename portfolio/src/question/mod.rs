//! What a portfolio can be asked. Every answer is data, sorted the worst first, and serialises to
//! the JSON that the commands and the server give.

mod across;
mod behind;
mod blast;
mod coverage;
mod drift;
mod missed_patch;
mod moved;
mod one_version;
mod overrides;
mod place;
mod remedy;
mod sought;
mod split;
mod spread;
mod teams;
mod trend;
mod what_if;

pub use across::{Across, SameVersion, across};
pub use behind::TeamBehind;
pub use blast::{
    BinaryHit, Blast, BlastTotals, MayBeCopy, MayHold, Reasons, ReceivedHit, ReleaseHit, Step,
    Suspicion, TeamHit, WorkspaceHit, blast_radius,
};
pub use coverage::{
    AgainstRecord, Coverage, Covered, Example, OtherRegistry, Receipts, Received, TeamCoverage,
    coverage,
};
pub use drift::{Drift, DriftFormula, Drifting, Integrity, Skew, VersionInUse, drift};
pub use missed_patch::{MissedPatch, MissedPatches, NotJudged, missed_patches};
pub use moved::{Moved, Moves};
pub use one_version::{OneVersionViolation, one_version_violations};
pub use overrides::{Standing, StandingOverride, standing_overrides};
pub use place::{OverridePlace, OverridePlaceError};
pub use remedy::{Answering, Old, Remedy, remedies};
pub use sought::{Sought, SoughtError};
pub use split::{HeldIdentity, SplitCause, SplitIdentity, split_identities};
pub use teams::{TeamStanding, teams};
pub use trend::{TrendMemory, TrendPoint, Trends, trend, trends, trends_remembered};
pub use what_if::{Effect, Supposition, WhatIf, what_if};
