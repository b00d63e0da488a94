//! What Cargo would put into a crate file.

mod build_scripts;
mod folder;
mod ignored;
mod packaging;

pub(crate) use build_scripts::BuildScripts;
pub use folder::{FolderError, package_of_folder, repository_of};
pub use packaging::{Packaging, PackagingError};
