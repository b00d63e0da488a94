//! A report as text.

mod excerpt;
mod human;
mod mask;

pub use excerpt::{Excerpt, Excerpts};
pub use human::Human;
