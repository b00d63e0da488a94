//! What a scan is turned into for others to read: CI systems, code hosts, editors.
//!
//! Each format is one pure function from a [`View`] to bytes, in an order that depends on the scan
//! alone. Whatever came out of a repository (names, paths, URLs) is escaped for its format, cut
//! where it is long, and never obeyed.

mod choice;
mod file;
mod format;
pub mod github;
pub mod junit;
pub mod markdown;
mod places;
pub mod sarif;
#[cfg(test)]
mod testing;
mod text;
mod view;

pub use choice::{Choice, OutputArgs};
pub use file::write as write_file;
pub use format::Format;
pub use places::Places;
pub use view::View;
