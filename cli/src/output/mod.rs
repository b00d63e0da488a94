//! Everything that is printed: to standard output what was asked for, to standard error the rest.

mod error;
mod json;
mod markdown;
mod out;
mod progress;
mod table;

pub use error::{print as print_error, print_warning};
pub use json::write_line as write_json_line;
pub use markdown::for_terminal as markdown_for_terminal;
pub use out::{Out, reader_left};
pub use progress::{byte_bar, progress_bar, wheel};
pub use table::{Cell, Column, Table};

use anstyle::{AnsiColor, Style};

/// What is bad: an error, a denial, a removed line.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What is good: an added line.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// A title.
pub const TITLE: Style = Style::new().bold();
