//! The one place where the chores print: results on stdout, everything else on stderr.

use std::fmt::Display;
use std::io::IsTerminal as _;

/// A result: what somebody may pipe into a file.
#[expect(clippy::print_stdout, reason = "the chores' one way to stdout")]
pub(crate) fn result(text: impl Display) {
    println!("{text}");
}

/// A note beside the results.
#[expect(clippy::print_stderr, reason = "the chores' one way to stderr")]
pub(crate) fn note(text: impl Display) {
    eprintln!("{text}");
}

/// A note for somebody who watches: nothing when stderr is no terminal.
pub(crate) fn progress(text: impl Display) {
    if std::io::stderr().is_terminal() {
        note(text);
    }
}
