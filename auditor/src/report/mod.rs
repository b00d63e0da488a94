//! What a scan finds, as data. Field names are those of the JSON (`depaudit.scan/1`).

mod blind_spot;
mod counts;
mod cross_team;
mod file_difference;
mod finding;
mod gap;
mod location;
mod locked;
mod outgoing;
mod record;
mod scan;
mod target;
mod team_name;

pub use blind_spot::{BlindSpot, BlindSpotKind};
pub use counts::{Counts, GitDependencyCounts, LockCounts, LockPackageCounts};
pub use cross_team::{CrossTeam, CrossTeamCrates, SameVersion, SameVersionCrates};
pub use depaudit_policy::Verdict;
pub use file_difference::{DifferenceKind, FileDifference};
pub use finding::{Finding, Fingerprint, FoundPackage, Place};
pub use gap::Gap;
pub use location::{Location, Span};
pub use locked::{Locked, LockedIdentity};
pub use outgoing::LockedGraphs;
pub use record::{Layer, Override, OverrideKind, SourceKey, State};
pub use scan::{Lacking, NotEvaluated, ScanReport, Summary, TeamReport};
pub use target::{CanonicalUrl, GitReference, GitTarget, Reach, RegistryRef, SettingValue, Target};
pub use team_name::TeamName;
