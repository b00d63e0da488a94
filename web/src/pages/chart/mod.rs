//! Pictures, drawn as SVG. Each says in words what it shows, and has a table beside it.

mod bars;
mod graph;
mod lines;
mod timeline;

pub(super) use bars::{Bar, Bars};
pub(super) use graph::{Graph, Leaf};
pub(super) use lines::{Line, Lines};
pub(super) use timeline::{Life, Timeline};

/// A label that fits, and says so when it was cut. SVG breaks no lines.
pub(super) fn fitting(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
