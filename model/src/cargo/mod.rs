//! What is Cargo's: crate names, versions, overrides, and how Cargo spells a registry.

mod crate_name;
mod crate_spec;
mod difference;
mod facts;
mod line;
mod overriding;
mod package_files;
mod release;
mod source_url;

pub use crate_name::{CrateName, CrateNameError};
pub use crate_spec::{CrateSpec, CrateSpecError};
pub use difference::{ChangeKind, FileKind, MarkKind, Totals};
pub use facts::{Absent, Facts, PublishedRelease, Withdrawal};
pub use line::Line;
pub use overriding::{OverrideKind, OverrideLayer, OverrideState};
pub use package_files::{
    Content, Intake, PackageFiles, PackagePath, PackagePathError, PackagedFile, Unread,
};
pub use release::{Release, VersionError, parse_version, parse_versions};
pub use source_url::is_crates_io_lock_source;
