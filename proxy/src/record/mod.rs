//! Putting on record what is decided and served.

pub(crate) mod known;
mod outcome;
mod policy;
mod recorder;
mod served;
mod windows;

pub(crate) use known::PINNED;
pub use outcome::{OutcomeNote, Tracked};
pub use policy::PolicyOnRecord;
pub use recorder::{Recorder, RequestContext};
