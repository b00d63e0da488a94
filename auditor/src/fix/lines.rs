//! Lines of a text, by byte offsets.

/// Where the line of `at` begins.
pub(super) fn start(text: &str, at: usize) -> usize {
    before(text, at).rfind('\n').map_or(0, |line_break| line_break + 1)
}

/// Where the line of `at` ends, behind its line break.
pub(super) fn end(text: &str, at: usize) -> usize {
    after(text, at).find('\n').map_or(text.len(), |line_break| at + line_break + 1)
}

/// Where the line of `at` ends, before its line break.
pub(super) fn content_end(text: &str, at: usize) -> usize {
    let line = text.get(at..end(text, at)).unwrap_or_default();
    at + line.trim_end_matches(['\n', '\r']).len()
}

/// The line before the one that begins at `start`, without its line break, and where it begins.
pub(super) fn above(text: &str, start: usize) -> Option<(usize, &str)> {
    let begins = self::start(text, start.checked_sub(1)?);
    Some((begins, text.get(begins..start)?.trim_end_matches(['\n', '\r'])))
}

/// The line that begins at `start`, without its line break; `None` at the text's end.
pub(super) fn at(text: &str, start: usize) -> Option<&str> {
    let line = text.get(start..end(text, start))?;
    (!line.is_empty()).then(|| line.trim_end_matches(['\n', '\r']))
}

/// How lines of this text end: as the first one does.
pub(super) fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if before(text, at).ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or(text)
}

fn after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}
