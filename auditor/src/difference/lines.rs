use similar::{ChangeTag, DiffTag, TextDiff};

use super::report::Detail;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The longest text of one file's change, in bytes.
const LONGEST_TEXT: usize = 256 << 10;

/// The longest text of all changes, in bytes.
const MOST_TEXT: usize = 8 << 20;

/// The largest square of lines that is searched for what stayed, in one file and in all. A person's
/// change is far below; two texts made to be slow are not searched for minutes.
const LARGEST_SQUARE: u64 = 100_000_000;
const MOST_SQUARES: u64 = 1_000_000_000;

/// What one comparison may still cost.
#[derive(Debug)]
pub(super) struct Work {
    squares: u64,
    text: usize,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { squares: MOST_SQUARES, text: MOST_TEXT }
    }
}

/// How two texts differ, line by line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) text: Option<String>,
}

impl Lines {
    /// Where a search would take too long, everything between the first and the last line that
    /// differ counts as changed.
    pub(super) fn compare(old: &str, new: &str, detail: Detail, work: &mut Work) -> Self {
        let (before, after) = middle(old, new);
        let square = (before as u64).saturating_mul(after as u64);
        if square > LARGEST_SQUARE || square > work.squares {
            return Self { added: after, removed: before, text: None };
        }
        work.squares -= square;
        let diff = TextDiff::from_lines(old, new);
        let mut lines = Self::default();
        for op in diff.ops() {
            if op.tag() != DiffTag::Equal {
                lines.removed += op.old_range().len();
                lines.added += op.new_range().len();
            }
        }
        if detail == Detail::Text {
            lines.text = text(&diff).filter(|text| text.len() <= work.text);
            work.text -= lines.text.as_ref().map_or(0, String::len);
        }
        lines
    }
}

/// How many lines either side has between the first and the last that differ.
fn middle(old: &str, new: &str) -> (usize, usize) {
    let (old, new): (Vec<_>, Vec<_>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let start = old.iter().zip(&new).take_while(same).count();
    let rest = old.iter().skip(start).rev().zip(new.iter().skip(start).rev());
    let end = rest.take_while(same).count();
    (old.len() - start - end, new.len() - start - end)
}

/// The change as a unified diff; `None` when it is too long.
fn text<'a>(diff: &TextDiff<'a, 'a, 'a, str>) -> Option<String> {
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        text += &hunk.header().to_string();
        text.push('\n');
        for change in hunk.iter_changes() {
            text.push(match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            });
            text += change.value();
            if change.missing_newline() {
                text += "\n\\ No newline at end of file\n";
            }
            if text.len() > LONGEST_TEXT {
                return None;
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &str, new: &str) -> (usize, usize, Option<String>) {
        let lines = Lines::compare(old, new, Detail::Text, &mut Work::new());
        (lines.removed, lines.added, lines.text)
    }

    #[test]
    fn a_change_is_told_with_the_lines_around_it() {
        let (removed, added, text) = compared("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nE\nf\n");
        assert_eq!((removed, added), (1, 1));
        assert_eq!(text.unwrap(), "@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+E\n f\n");
        let (removed, added, text) = compared("", "a");
        assert_eq!((removed, added), (0, 1));
        assert_eq!(text.unwrap(), "@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n");
    }

    #[test]
    fn texts_that_are_slow_to_compare_count_as_changed_from_end_to_end() {
        let numbers = |from: u32| (from..from + 20_000).map(|it| format!("{it}\n")).collect();
        let (old, new): (String, String) = (numbers(0), numbers(100_000));
        let (old, new) = (format!("same\n{old}end\n"), format!("same\n{new}end\n"));
        assert_eq!(compared(&old, &new), (20_000, 20_000, None));
        // A long text with a small change is searched all the same.
        let (removed, added, text) = compared(&old, &old.replace("\n777\n", "\nx\ny\n"));
        assert_eq!((removed, added), (1, 2));
        assert!(text.is_some());
    }
}
