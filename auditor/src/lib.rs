//! Reads workspaces and finds every override; runs nothing.
//!
//! [`scan()`] is the way in. It walks the folders of a [`ScanRequest`], reads what counts in them,
//! and returns a [`ScanReport`](report::ScanReport): data, which the caller prints. Facts about
//! the world, such as what has been published, come through [`Facts`].

mod audit;
mod cargo;
mod ci;
mod comparison;
pub mod difference;
mod facts;
mod files;
pub mod fix;
#[cfg(fuzzing)]
pub mod fuzzing;
mod judge;
mod keep;
mod limits;
pub mod output;
mod overrides;
pub mod report;
mod request;
pub mod rules;
mod scan;
#[cfg(test)]
mod testing;

pub use cargo::package::{
    FolderError, Packaging, PackagingError, package_of_folder, repository_of,
};
pub use facts::{Absent, Facts, PublishedRelease, Withdrawal};
pub use files::{Exclude, ExcludeError, Outside, RepoPath};
pub use request::{Environment, Progress, ScanRequest, TeamRoot};
pub use scan::{ScanError, scan};
