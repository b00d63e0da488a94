//! Text from outside, before a format escapes it in its own way.

use depaudit_auditor::report::{BlindSpot, Finding, Place};
use depaudit_model::terminal::printable;

use super::places::PlaceName;

/// How many characters of one text are shown. Real messages have a few hundred; a hostile manifest
/// has what it likes.
pub(super) const LONGEST: usize = 2_000;

/// `text` as one line of at most `most` characters: white space is a blank, and what would be obeyed
/// instead of shown (escape sequences, bidirectional overrides) stands there as `\u{..}`.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut characters = text.trim().chars().map(|character| match character {
        '\n' | '\r' | '\t' => ' ',
        // Unicode has these two for internal use; XML 1.0 cannot hold them.
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other => other,
    });
    let mut shown: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    printable(&shown).to_string()
}

/// `1 team`, `2 teams`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// What is wrong and, each on a line of its own, what to do about it and who has accepted it.
pub(super) fn paragraph(finding: &Finding) -> String {
    let mut text = line(&finding.message, LONGEST);
    let fix = finding.fix.as_ref().map(|fix| &fix.description);
    let decided = finding.decided_by.as_ref().map(ToString::to_string);
    let more = [
        ("help", finding.help.as_ref()),
        ("fix", fix),
        ("decided by", decided.as_ref()),
        ("waived by", finding.waived_by.as_ref()),
    ];
    for (what, value) in more {
        if let Some(value) = value {
            text.push('\n');
            text.push_str(what);
            text.push_str(": ");
            text.push_str(&line(value, LONGEST));
        }
    }
    text
}

/// `crates/a/Cargo.toml:12:3`, as editors and terminals open it.
pub(super) fn spot(name: &PlaceName<'_>, place: &Place) -> String {
    let span = place.location.span;
    let path = line(&name.to_string(), LONGEST);
    format!("{path}:{}:{}", span.line, span.column)
}

/// What a scan could not see, and what led there.
pub(super) fn unseen(spot: &BlindSpot) -> String {
    let message = &spot.message;
    let text = match (&spot.path, spot.line) {
        (None, _) => format!("not seen: {message}"),
        (Some(path), None) => format!("not seen from {path}: {message}"),
        (Some(path), Some(at)) => format!("not seen from {path}:{at}: {message}"),
    };
    line(&text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_what_would_be_obeyed_is_shown_on_one_line() {
        let shown = line(" a\r\nb\t\u{1b}[31m\u{202e}\u{ffff}\0 ", 100);
        assert_eq!(shown, "a  b \\u{1b}[31m\\u{202e}\u{fffd}\\u{0}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(line("日本語", 3), "日本語");
        assert_eq!(line("日本語", 2), "日本…");
    }
}
