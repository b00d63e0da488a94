use std::io::{self, Write};

use depaudit_model::terminal::is_hostile;
use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes `value` as one line of JSON that is safe to look at: what a terminal would obey, or what
/// would reorder the line before a person's eyes, stands there as `\u` escapes. A program reads the
/// same text either way.
///
/// # Errors
/// When `out` takes no more.
pub fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Careful);
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(is_hostile) {
            let (plain, from) = rest.split_at(place);
            writer.write_all(plain.as_bytes())?;
            let mut characters = from.chars();
            for unit in characters.next().into_iter().flat_map(utf16) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// JSON's escapes name UTF-16 units.
fn utf16(character: char) -> impl Iterator<Item = u16> {
    let mut units = [0; 2];
    let length = character.encode_utf16(&mut units).len();
    units.into_iter().take(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write_line(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bad_input_53_a_hostile_text_is_one_escaped_line_and_reads_back_the_same() {
        let hostile = "cargo\n{\"index\":7}\u{1b}[2J\u{202e}\u{9b}é日本";
        let written = line(&hostile);
        assert_eq!(written, "\"cargo\\n{\\\"index\\\":7}\\u001b[2J\\u202e\\u009bé日本\"\n");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), hostile);
    }
}
