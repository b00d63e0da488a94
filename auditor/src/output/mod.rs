//! A report as text.

mod excerpt;
mod human;
mod mask;
mod summary;
mod teams;

pub use excerpt::{Excerpt, Excerpts};
pub use human::Human;
