use std::ops::Range;

use super::comment::with_own_comment;
use super::layout::{Layout, Spot};
use super::lines;
use super::refusal::Why;
use super::splice::Splices;

/// Takes an entry out, and every table that it leaves empty. A header under which somebody has
/// written a comment that is not the entry's stays with it.
pub(super) fn remove(text: &str, keys: &[String]) -> Result<String, Why> {
    let layout = Layout::parse(text)?;
    let mut spot = layout.spot(keys).ok_or(Why::Changed)?;
    for length in (1..keys.len()).rev() {
        let alone = spot.among == 1 && !is_commented(&layout, &spot);
        let Some(above) = keys.get(..length).and_then(|keys| layout.spot(keys)) else { break };
        if !alone {
            break;
        }
        spot = above;
    }
    let parts = if spot.in_braces {
        vec![in_braces(text, &spot).ok_or(BY_HAND)?]
    } else {
        whole_lines(text, &spot.pieces().ok_or(BY_HAND)?)
    };
    let mut splices = Splices::default();
    parts.into_iter().for_each(|part| splices.remove(part));
    Ok(splices.apply(text))
}

const BY_HAND: Why = Why::Shape("the entry is spread over an inline table");

/// Whether a comment that is not the entry's stands with it under its table's header.
fn is_commented(layout: &Layout<'_>, spot: &Spot<'_>) -> bool {
    let headed = spot.under.filter(|table| !table.is_dotted() && !table.is_implicit());
    let Some(header) = headed.and_then(toml_edit::Table::span) else { return false };
    let Some(pieces) = spot.pieces() else { return true };
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return true };
    let text = layout.text;
    let (start, end) = (lines::start(text, first.start), lines::end(text, last.end));
    let own = with_own_comment(text, start, end);
    let between = text.get(lines::end(text, header.end)..own).unwrap_or_default();
    let below = lines::at(text, end).is_some_and(lines::is_comment);
    below || between.lines().any(lines::is_comment)
}

/// The lines of these pieces, each with its own comment above, and the blank lines that would stand
/// twice without them.
fn whole_lines(text: &str, pieces: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        let end = lines::end(text, piece.end);
        let start = with_own_comment(text, lines::start(text, piece.start), end);
        match parts.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => parts.push(start..end),
        }
    }
    parts.into_iter().map(|part| with_blank_lines(text, part)).collect()
}

fn with_blank_lines(text: &str, Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    if lines::above(text, start).is_none_or(|(_, line)| lines::is_blank(line)) {
        while lines::at(text, end).is_some_and(lines::is_blank) {
            end = lines::end(text, end);
        }
    }
    if end == text.len() {
        while let Some((above, line)) = lines::above(text, start)
            && lines::is_blank(line)
        {
            start = above;
        }
    }
    start..end
}

/// An element of an inline table, with one comma. One that has lines of its own takes them along.
fn in_braces(text: &str, spot: &Spot<'_>) -> Option<Range<usize>> {
    let [element] = spot.pieces()?.try_into().ok()?;
    // With dotted keys the element begins before its last key.
    let before = text.get(..element.start)?.trim_end();
    if !before.ends_with(['{', ',']) && !starts_line(text, element.start) {
        return None;
    }
    let after = text.get(element.end..)?;
    let gap = after.len() - after.trim_start().len();
    let comma = after.trim_start().starts_with(',').then_some(element.end + gap + 1);
    let end = comma.unwrap_or(element.end);
    let rest = text.get(end..lines::content_end(text, end))?;
    if starts_line(text, element.start) && (lines::is_blank(rest) || lines::is_comment(rest)) {
        return whole_lines(text, std::slice::from_ref(&(element.start..end))).pop();
    }
    if comma.is_some() {
        let spaces = rest.len() - rest.trim_start().len();
        return Some(element.start..end + spaces);
    }
    let start = if before.ends_with(',') { before.len() - 1 } else { element.start };
    Some(start..end)
}

fn starts_line(text: &str, at: usize) -> bool {
    text.get(lines::start(text, at)..at).is_some_and(lines::is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(text: &str, keys: &[&str]) -> String {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        remove(text, &keys).unwrap()
    }

    const A: [&str; 3] = ["patch", "crates-io", "a"];

    #[test]
    fn a_line_goes_with_its_own_comment_and_nothing_else() {
        let text =
            "# the file\n\n[patch.crates-io] # ours\n# speaks for both\na = 1 # gone\nb = 2\n";
        let both = "# the file\n\n[patch.crates-io] # ours\n# speaks for both\nb = 2\n";
        assert_eq!(removed(text, &A), both);
        let text = "[patch.crates-io]\nb = 2\n# about a,\n# at length\na = 1\n\n# the end\n";
        assert_eq!(removed(text, &A), "[patch.crates-io]\nb = 2\n\n# the end\n");
    }

    #[test]
    fn a_table_that_is_left_empty_goes_with_the_tables_above_it() {
        let text = "[a]\nx = 1\n\n# forks\n[patch]\n[patch.crates-io]\na = 1\n\n[z]\n";
        assert_eq!(removed(text, &A), "[a]\nx = 1\n\n[z]\n");
        assert_eq!(removed("[a]\n\n[patch]\ncrates-io = { a = 1 }\n", &A), "[a]\n");
        assert_eq!(removed("[a]\n\n[patch]\ncrates-io.a.path = \"x\"\n", &A), "[a]\n");
        assert_eq!(removed("patch.crates-io.a.path = \"x\"\nb = 1\n", &A), "b = 1\n");
    }

    #[test]
    fn a_header_stays_with_what_somebody_switched_off_below_it() {
        let above = "[patch.crates-io]\n# b = { path = \"b\" }\na = 1\n";
        assert_eq!(removed(above, &A), "[patch.crates-io]\n# b = { path = \"b\" }\n");
        let below = "[patch.crates-io]\na = 1\n# b = 2\n";
        assert_eq!(removed(below, &A), "[patch.crates-io]\n# b = 2\n");
    }

    #[test]
    fn dotted_keys_and_tables_of_their_own_go_as_a_whole() {
        let dotted = "[patch.crates-io]\na.git = \"x\"\nb = 1\na.rev = \"y\"\n";
        assert_eq!(removed(dotted, &A), "[patch.crates-io]\nb = 1\n");
        let headed = "[patch.crates-io.b]\npath = \"b\"\n\n[patch.crates-io.a]\n# inside\n\
                      path = \"a\" # why\n\n# below\n[z]\n";
        assert_eq!(removed(headed, &A), "[patch.crates-io.b]\npath = \"b\"\n\n# below\n[z]\n");
        let quoted = "[patch.\"https://git.example/x\"]\r\n\"a\" = 1\r\nb = 2\r\n";
        let keys = ["patch", "https://git.example/x", "a"];
        assert_eq!(removed(quoted, &keys), "[patch.\"https://git.example/x\"]\r\nb = 2\r\n");
    }

    #[test]
    fn an_inline_table_keeps_its_commas_right() {
        let cases = [
            ("{ a = 1, b = 2 }", "{ b = 2 }"),
            ("{ b = 2, a = 1 }", "{ b = 2 }"),
            ("{ b = 2, a = 1, c = 3 }", "{ b = 2, c = 3 }"),
            ("{\n  b = 2, # two\n  a = 1, # one\n}", "{\n  b = 2, # two\n}"),
            ("{\n  b = 2, # two\n  a = 1 # one\n}", "{\n  b = 2, # two\n}"),
            ("{\n  # own\n  a = 1,\n\n  b = 2\n}", "{\n\n  b = 2\n}"),
        ];
        for (before, after) in cases {
            let text = |table: &str| format!("[patch]\ncrates-io = {table}\n");
            assert_eq!(removed(&text(before), &A), text(after), "{before}");
        }
    }
}
