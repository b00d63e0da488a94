use std::fmt::Write;

use crate::commands::scan::output::text;

/// `text` as the content of a table's cell or of a list's item: at most `most` characters, on one
/// line, none of which means anything to Markdown, HTML or the code host.
///
/// Characters become references rather than get a backslash: every dialect reads those the same,
/// also within tables. The blank of no width behind `@` and `#` keeps code hosts from calling a
/// person, or from linking an issue: they look for those in the rendered text, where a reference
/// has become the character again.
pub(super) fn cell(text: &str, most: usize) -> String {
    let mut out = String::new();
    for character in text::line(text, most).chars() {
        match character {
            '@' | '#' => {
                out.push(character);
                out.push_str("&#8203;");
            }
            // A colon makes an address into a link; a dollar begins a formula.
            '&' | '<' | '>' | '|' | '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '{' | ':' | '$' => {
                // Writing to a string does not fail.
                let _ = write!(out, "&#{};", u32::from(character));
            }
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_stay_readable() {
        assert_eq!(cell("serde 1.0.0-rc.1, a/b", 100), "serde 1.0.0-rc.1, a/b");
        assert_eq!(cell("日本語", 2), "日本…");
    }

    #[test]
    fn bad_input_45_nothing_in_a_cell_means_anything() {
        assert_eq!(cell("a|b<i>", 100), "a&#124;b&#60;i&#62;");
        assert_eq!(cell("@a #1", 100), "@&#8203;a #&#8203;1");
    }
}
