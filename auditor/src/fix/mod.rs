//! What `depaudit fix` can change: data that rules attach to findings, and the edits themselves.
//!
//! [`plan()`] turns fixes into the new texts of files, and writes none of them. The TOML parser says
//! where things stand and the text is changed there alone, so that comments, order, line ends and
//! a byte-order mark are what they were. Every edited text is parsed again and compared with what
//! was meant: a fix does that and nothing else, or it is refused.

mod change;
mod comment;
mod declare;
mod entry;
mod layout;
mod lines;
mod meaning;
mod modernise;
mod offer;
mod pin;
mod plan;
mod refusal;
mod relock;
mod remove;
mod require;
mod splice;

pub use change::{Change, Edit, Fix, Followed};
pub(crate) use offer::{Commits, pin, remove_unused};
pub use plan::{ChangedFile, Order, Outcome, Plan, PlanError, plan};
pub use refusal::{Refusal, Why};

#[cfg(test)]
mod tests;
