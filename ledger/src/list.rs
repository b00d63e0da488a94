//! Several checkpoints in one text: each behind its length in bytes, in a line of its own.

use std::fmt::Write as _;

/// Writes a list of signed notes.
#[must_use]
pub fn write_list<'n>(notes: impl Iterator<Item = &'n str>) -> String {
    let mut text = String::new();
    for note in notes {
        // Writing to a string does not fail.
        let _ = write!(text, "{}\n{note}", note.len());
    }
    text
}

/// The notes of a list, as far as it is one.
pub fn read_list(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (length, rest) = text.split_once('\n')?;
        let (note, behind) = rest.split_at_checked(length.parse().ok()?)?;
        text = behind;
        Some(note)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_and_no_further_than_it_is_one() {
        let notes = ["a\n\n\u{2014} b c\n", "", "d\n"];
        let text = write_list(notes.into_iter());
        assert_eq!(read_list(&text).collect::<Vec<_>>(), notes);
        assert_eq!(read_list(&text[..text.len() - 1]).count(), 2);
        for none in ["", "x\ny", "9\nshort", "1\n\u{2014}"] {
            assert_eq!(read_list(none).count(), 0, "{none}");
        }
    }
}
