//! The one place that touches the file system: walks below a root, and reads regular files.
//!
//! It refuses to follow a link out of the root, to open anything but a regular file, and to take
//! in more than `limits.rs` allows.

mod exclude;
mod kind;
#[cfg(fuzzing)]
mod memory;
mod read;
mod repo_path;
mod tree;
mod walk;

pub use exclude::{Exclude, ExcludeError};
pub(crate) use kind::FileKind;
pub(crate) use read::{ReadError, read_text};
pub use repo_path::{Outside, RepoPath};
pub(crate) use tree::{Link, Tree};
pub(crate) use walk::walk;
