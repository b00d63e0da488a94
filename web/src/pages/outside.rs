//! The filters of the templates.
#![expect(unreachable_pub, reason = "askama's attribute writes `pub` of its own")]

use std::fmt::Display;

use askama::filters::{Html, Safe, escape};
use askama::{Result, Values};
use depaudit_model::terminal::printable;
use depaudit_policy::door::Outcome;

/// Text from outside: what would be obeyed instead of shown (control characters, bidirectional marks)
/// stands there as an escape, and its direction is its own.
#[askama::filter_fn]
pub(super) fn outside(text: impl Display, _: &dyn Values) -> Result<Safe<String>> {
    let shown = printable(&text.to_string()).to_string();
    let Safe(escaped) = escape(shown, Html)?;
    Ok(Safe(format!("<bdi>{escaped}</bdi>")))
}

/// What becomes of a version, in a word for people.
#[askama::filter_fn]
pub(super) fn word(outcome: &Outcome, _: &dyn Values) -> Result<&'static str> {
    Ok(match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Soft => "held back: new builds avoid it, builds that locked it get it",
        Outcome::Hard => "blocked",
    })
}

/// The stylesheet's name for it.
#[askama::filter_fn]
pub(super) fn class(outcome: &Outcome, _: &dyn Values) -> Result<&'static str> {
    Ok(match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Soft => "soft",
        Outcome::Hard => "hard",
    })
}

/// The same where no element may stand: in a picture, a title, a value.
#[askama::filter_fn]
pub(super) fn plain(text: impl Display, _: &dyn Values) -> Result<Safe<String>> {
    let shown = printable(&text.to_string()).to_string();
    let Safe(escaped) = escape(shown, Html)?;
    Ok(Safe(escaped.to_string()))
}
