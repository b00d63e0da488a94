//! Text from outside, made safe to print on a terminal or into a log line.

use std::fmt;

/// Shows `text` with everything escaped that could move the cursor, change colours, break the
/// line or reorder what a person reads (control characters and bidirectional overrides).
///
/// ```
/// use depaudit_model::terminal::printable;
/// assert_eq!(printable("serde\u{1b}[31m\n").to_string(), r"serde\u{1b}[31m\u{a}");
/// ```
#[must_use]
pub const fn printable(text: &str) -> Printable<'_> {
    Printable(text)
}

/// See [`printable`].
#[derive(Debug, Clone, Copy)]
pub struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_hostile(character) {
                write!(f, "\\u{{{:x}}}", u32::from(character))?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        Ok(())
    }
}

/// Whether a character changes how the text around it is shown.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Bidirectional marks, embeddings, overrides and isolates (Unicode UAX #9).
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, zero-width characters, the byte-order mark.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_as_it_is() {
        for plain in ["serde 1.0.0", "naïve café", "日本語"] {
            assert_eq!(printable(plain).to_string(), plain);
        }
    }

    #[test]
    fn bad_input_45_escapes_and_overrides_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{202e}b\u{7}").to_string(), "a\\u{202e}b\\u{7}");
    }
}
