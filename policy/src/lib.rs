//! Levels and decisions, without I/O.

mod level;
mod severity;

pub use level::{Level, LevelError};
pub use severity::Severity;
