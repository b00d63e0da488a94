//! Putting on record what is decided and served.

mod first_seen;
mod outcome;
mod recorder;
mod windows;

pub use outcome::{OutcomeNote, Tracked};
pub use recorder::{Recorder, RequestContext};
