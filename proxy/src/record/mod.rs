//! Putting on record what is decided and served.

mod outcome;
mod recorder;
mod windows;

pub use outcome::{OutcomeNote, Tracked};
pub use recorder::{Recorder, RequestContext};
