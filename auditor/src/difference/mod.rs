//! How the files of one package differ from those of a release: what was added, removed and changed,
//! and which of it deserves a second look.
//!
//! A comparison is pure: two [`PackageFiles`](depaudit_model::cargo::PackageFiles) go in, and the same
//! two always give the same [`Difference`]. Its cost is bounded by what they hold.

mod compare;
mod lines;
mod manifest;
mod marks;
mod report;
mod rust_words;
#[cfg(test)]
mod tests;

pub use compare::compare;
pub use report::{ChangeKind, ChangedFile, Detail, Difference, FileKind, Side, Totals};
pub use report::{Mark, MarkKind};

use std::io;

use crate::limits::STACK;

/// Runs `work` on a thread with room for what a stranger's manifest may nest.
///
/// # Errors
/// When the system gives no thread.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| io::Error::other("the comparison did not come to its end"))
    })
}
