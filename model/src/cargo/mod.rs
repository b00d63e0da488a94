//! What is Cargo's: crate names, versions, and how Cargo spells a registry.

mod crate_name;
mod release;
mod source_url;

pub use crate_name::{CrateName, CrateNameError};
pub use release::{Release, VersionError, parse_version};
pub use source_url::is_crates_io_lock_source;
