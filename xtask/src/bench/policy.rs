//! A policy of many rules, none of which is about what is loaded.

use std::fmt::Write as _;

/// So many lines that deny: half of them by name, half by pattern, with versions, and a minimum age
/// that everything has. So a decision has to look at all of them, and blocks nothing.
pub(super) fn of_rules(rules: u16) -> String {
    let mut text = String::from("[door.minimum-age-days]\ncrates-io = 1\n");
    for number in 0..rules {
        let package = match number % 2 {
            0 => format!("denied-{number}"),
            _ => format!("*-denied-{number}-*"),
        };
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "[[door.deny]]\npackage = \"{package}\"\nversion = \"<{number}.1\"\nreason = \"no\"\n"
        );
    }
    text
}
