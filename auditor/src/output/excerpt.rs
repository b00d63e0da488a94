use std::ops::Range;
use std::path::{Path, PathBuf};

use depaudit_policy::PolicyFile;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::mask::mask;
use crate::files::{RepoPath, read_text};
use crate::limits::LARGEST_LOCK;
use crate::report::{Location, Span};

/// The lines of a location, as they may be shown: secrets are stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line.
    pub first_line: usize,
    /// The lines.
    pub text: String,
    /// The bytes of `text` that the location covers.
    pub range: Range<usize>,
}

/// More lines than this of one location are not shown.
const MOST_LINES: usize = 12;
/// Lines longer than this, in bytes, are no lines that a person wrote.
const LONGEST_LINE: usize = 2_000;

/// Reads the lines of locations. Texts are not kept during a scan, so a file is read again when
/// one of its lines is to be shown.
#[derive(Debug)]
pub struct Excerpts {
    root: PathBuf,
    last: Option<LastRead>,
}

#[derive(Debug)]
struct LastRead {
    path: RepoPath,
    text: String,
    /// The same without comments, once a line of it was asked for.
    bare: Option<String>,
}

impl Excerpts {
    /// For the files below a team's root.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), last: None }
    }

    /// The lines of a location; `None` when the file is gone, has become shorter, or is no text to
    /// be shown.
    pub fn at(&mut self, location: &Location) -> Option<Excerpt> {
        cut(self.text(&location.path)?, location.span)
    }

    /// One line of a TOML file without its comment, under the same conditions: a comment may hold what
    /// nobody wants to send.
    pub fn line_of_toml(&mut self, path: &RepoPath, line: u32) -> Option<String> {
        let LastRead { text, bare, .. } = self.file(path)?;
        let span = Span { line, column: 1, end_line: line, end_column: 1 };
        let bare = bare.get_or_insert_with(|| without_comments(text));
        cut(bare, span).map(|excerpt| excerpt.text.trim_end().to_owned())
    }

    fn text(&mut self, path: &RepoPath) -> Option<&str> {
        self.file(path).map(|file| &*file.text)
    }

    fn file(&mut self, path: &RepoPath) -> Option<&mut LastRead> {
        if self.last.as_ref().is_none_or(|last| last.path != *path) {
            let text = self.read(path)?;
            self.last = Some(LastRead { path: path.clone(), text, bare: None });
        }
        self.last.as_mut()
    }

    fn read(&self, path: &RepoPath) -> Option<String> {
        let root = self.root.canonicalize().ok()?;
        let real = root.join(path.as_str()).canonicalize().ok()?;
        if !real.starts_with(&root) {
            return None;
        }
        read_text(&real, LARGEST_LOCK).ok()
    }
}

/// A TOML text without its comments; its lines keep their numbers. The parser's lexer tells them, since a `#`
/// in a string is none.
fn without_comments(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut bare = String::with_capacity(text.len());
    let mut from = 0;
    for token in Source::new(text).lex().filter(|it| it.kind() == TokenKind::Comment) {
        bare.push_str(text.get(from..token.span().start()).unwrap_or_default());
        from = token.span().end();
    }
    bare.push_str(text.get(from..).unwrap_or_default());
    bare
}

/// The lines of a place in a policy, which may lie outside of every team's folder; `None` for one
/// on a server, and when the file is gone or has become shorter.
pub(super) fn of_policy(place: &depaudit_policy::Place) -> Option<Excerpt> {
    if place.file.contains("://") {
        return None;
    }
    let limit = u64::try_from(PolicyFile::LARGEST).ok()?;
    let text = read_text(Path::new(&*place.file), limit).ok()?;
    cut(&text, place.span)
}

fn cut(text: &str, span: Span) -> Option<Excerpt> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = usize::try_from(span.line).ok()?.checked_sub(1)?;
    let count = usize::try_from(span.end_line.checked_sub(span.line)?).ok()? + 1;
    let lines: Vec<&str> = text.lines().skip(first).take(count.min(MOST_LINES)).collect();
    if lines.iter().any(|line| line.len() > LONGEST_LINE) {
        return None;
    }
    let masked: Vec<String> = lines.iter().map(|line| mask(line)).collect();
    let start = byte_of(masked.first()?, span.column);
    let before_last: usize = masked.iter().rev().skip(1).map(|line| line.len() + 1).sum();
    let last = masked.last()?;
    let end = if count > MOST_LINES { last.len() } else { byte_of(last, span.end_column) };
    let range = start..(before_last + end).max(start);
    Some(Excerpt { first_line: first + 1, text: masked.join("\n"), range })
}

/// The byte at which a column (from 1, in characters) begins.
fn byte_of(line: &str, column: u32) -> usize {
    let before = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    line.char_indices().nth(before).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(line: u32, column: u32, end_line: u32, end_column: u32) -> Span {
        Span { line, column, end_line, end_column }
    }

    #[test]
    fn an_excerpt_shows_whole_lines_and_marks_the_place() {
        let text = "[d]\né = { git = \"x\" } # why\n";
        let excerpt = cut(text, span(2, 1, 2, 18)).unwrap();
        assert_eq!(excerpt.first_line, 2);
        assert_eq!(&excerpt.text[excerpt.range], "é = { git = \"x\" }");
        let two = cut(text, span(1, 1, 2, 4)).unwrap();
        assert_eq!(&two.text[two.range], "[d]\né =");
    }

    #[test]
    fn a_file_that_has_changed_gives_no_excerpt_or_a_shorter_one() {
        assert_eq!(cut("", span(2, 1, 2, 5)), None);
        assert_eq!(cut("a\n", span(9, 1, 9, 5)), None);
        assert_eq!(cut("ab\n", span(1, 2, 1, 50)).unwrap().range, 1..2);
        assert_eq!(cut("ab\n", span(1, 50, 1, 2)).unwrap().range, 2..2);
    }

    #[test]
    fn a_line_is_told_without_its_comment_and_no_string_is_taken_for_one() {
        let text = "\u{feff}# the password is hunter2\r\nx = { git = \"https://e.org/#x\" } # hunter2\r\n\
                    y = '#' # \u{e9} hunter2\nz = \"\"\"\n# no comment\n\"\"\" # hunter2 \"\"\"\nlast = 1 # hunter2";
        let bare = without_comments(text);
        assert!(!bare.contains("hunter2"), "{bare}");
        let lines: Vec<_> = bare.lines().map(str::trim_end).collect();
        let told = [
            "",
            "x = { git = \"https://e.org/#x\" }",
            "y = '#'",
            "z = \"\"\"",
            "# no comment",
            "\"\"\"",
            "last = 1",
        ];
        assert_eq!(lines, told);
        // What is no TOML loses nothing but what the lexer takes for comments.
        assert_eq!(without_comments("= [[ \" # x\n"), "= [[ \" # x\n");
    }

    #[test]
    fn long_places_are_cut() {
        let text = "line\n".repeat(100);
        assert_eq!(cut(&text, span(1, 1, 100, 3)).unwrap().text.lines().count(), MOST_LINES);
        assert_eq!(cut(&"x".repeat(5_000), span(1, 1, 1, 3)), None);
    }
}
