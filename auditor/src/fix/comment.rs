use toml_edit::Document;

use super::lines;

/// Where an entry begins together with the comment that is its own: the lines directly above it.
/// `start` and `end` are the bytes of its whole lines.
///
/// A comment stays where it may speak for more than this entry: where the next entry follows
/// without a line between. An entry that is only commented out is nobody's comment.
pub(super) fn with_own_comment(text: &str, start: usize, end: usize) -> usize {
    if lines::at(text, end).is_some_and(begins_entry) {
        return start;
    }
    let mut from = start;
    while let Some((above, line)) = lines::above(text, from)
        && lines::is_comment(line)
        && !is_commented_out(line)
    {
        from = above;
    }
    from
}

fn begins_entry(line: &str) -> bool {
    !lines::is_blank(line) && !lines::is_comment(line) && !line.trim_start().starts_with(['[', '}'])
}

/// Prose is no TOML; an entry or a header that somebody switched off is.
fn is_commented_out(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches('#').trim();
    code.contains(['=', '[']) && Document::parse(code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_switched_off_is_told_from_prose() {
        for code in ["# a = { path = \"x\" }", "#b.git = 'y'", "# [patch.crates-io]"] {
            assert!(is_commented_out(code), "{code}");
        }
        for prose in ["# why we do this", "# a = b, because c", "# see [1]: it says = there"] {
            assert!(!is_commented_out(prose), "{prose}");
        }
    }
}
