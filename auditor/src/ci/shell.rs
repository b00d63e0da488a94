//! Shell text, cut into simple commands. It knows quotes, comments, continued lines and the
//! separators of commands; variables, loops and functions it leaves as words.

use std::ops::Range;

use super::assignment::assignment;
use super::{CargoCommand, Found, written};

/// A word, quotes taken off, and where it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    /// It names the file that the output goes to.
    pub(super) is_output: bool,
}

/// Reads the shell text in `range` of the file. `folded`: a single line break is a space, as in
/// YAML's plain and folded scalars.
pub(super) fn read(found: &mut Found<'_, '_>, range: Range<usize>, folded: bool) {
    let text = found.source().get(range.clone()).unwrap_or_default();
    cut(found, text, Place::From(range.start), folded);
}

/// Reads shell text that stands in the file in another form, escaped: everything in it is at
/// `range`.
pub(super) fn read_escaped(found: &mut Found<'_, '_>, text: &str, range: Range<usize>) {
    cut(found, text, Place::Whole(range), false);
}

fn cut(found: &mut Found<'_, '_>, text: &str, place: Place, folded: bool) {
    let mut cutter = Cutter { text, place, folded, words: Vec::new(), word: None, output: false };
    cutter.cut(&mut |words| command(found, &words));
}

/// Where a text stands in its file.
enum Place {
    /// From this byte on, character for character.
    From(usize),
    /// Somewhere in this range.
    Whole(Range<usize>),
}

impl Place {
    fn of(&self, range: Range<usize>) -> Range<usize> {
        match self {
            Self::From(start) => start + range.start..start + range.end,
            Self::Whole(whole) => whole.clone(),
        }
    }
}

/// Looks at one simple command.
fn command(found: &mut Found<'_, '_>, words: &[Word]) {
    let is_print = words.first().is_some_and(|word| matches!(&*word.text, "echo" | "printf"));
    // GitHub and CircleCI take variables for later steps from a file.
    let sets_later =
        words.iter().any(|it| it.text.contains("GITHUB_ENV") || it.text.contains("BASH_ENV"));
    for (place, word) in words.iter().enumerate() {
        if let Some((name, value)) = assignment(&word.text)
            && (!is_print || sets_later)
        {
            found.variable(name, Some(value), word.range.clone());
        }
        // PowerShell: `$env:NAME = "value"`.
        if let Some(name) = word.text.strip_prefix("$env:")
            && words.get(place + 1).is_some_and(|next| next.text == "=")
        {
            let value = words.get(place + 2).map(|word| &*word.text);
            found.variable(name, value, word.range.clone());
        }
    }
    written::note(found, words);
    if let Some(script) = script(words).filter(|_| !is_print) {
        read_escaped(found, &script.text, script.range.clone());
    }
    let Some(at) = cargo_word(words) else { return };
    let (Some(cargo), Some(last)) = (words.get(at), words.last()) else { return };
    let span = found.text.span(cargo.range.start..last.range.end);
    let words = words.iter().skip(at + 1).map(|word| word.text.as_str().into()).collect();
    found.commands.push(CargoCommand { words, span });
}

/// The script of `bash -c SCRIPT`, whatever other short flags stand beside the `c`.
fn script(words: &[Word]) -> Option<&Word> {
    let shell = words.iter().position(|word| {
        let name = word.text.rsplit('/').next().unwrap_or_default();
        matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
    })?;
    let mut words = words.iter().skip(shell + 1);
    let takes_script = |flag: &str| {
        flag.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('c'))
    };
    let flag = words.find(|word| !word.text.starts_with('-') || takes_script(&word.text))?;
    words.next().filter(|_| takes_script(&flag.text))
}

/// Words that may stand before the command that they run.
const WRAPPERS: [&str; 16] = [
    "!", "command", "do", "elif", "else", "env", "exec", "if", "nice", "sudo", "then", "time",
    "timeout", "until", "while", "xvfb-run",
];

/// Which word is the `cargo` that is run; `None` when it is only mentioned.
fn cargo_word(words: &[Word]) -> Option<usize> {
    let in_container =
        words.first().is_some_and(|word| matches!(&*word.text, "docker" | "podman" | "nix"));
    let may_precede = |word: &str| {
        in_container
            || WRAPPERS.contains(&word)
            || word.starts_with('-')
            || assignment(word).is_some()
            || word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b's' | b'm'))
    };
    let at = words.iter().position(|word| !may_precede(&word.text) || is_cargo(&word.text))?;
    let at = if in_container { words.iter().position(|word| is_cargo(&word.text))? } else { at };
    // `command -v cargo` asks where it is.
    let asks = words.iter().take(at).any(|word| word.text == "-v" || word.text == "-V");
    (words.get(at).is_some_and(|word| is_cargo(&word.text)) && !asks).then_some(at)
}

fn is_cargo(word: &str) -> bool {
    matches!(word, "cargo" | "cargo.exe" | "cross" | "$CARGO" | "${CARGO}" | "$(CARGO)")
        || word.ends_with("/cargo")
}

struct Cutter<'a> {
    text: &'a str,
    place: Place,
    folded: bool,
    words: Vec<Word>,
    word: Option<Word>,
    /// A `>` stands before the next word.
    output: bool,
}

impl Cutter<'_> {
    fn cut(&mut self, run: &mut dyn FnMut(Vec<Word>)) {
        let mut at = 0;
        while let Some(character) = self.rest(at).chars().next() {
            let width = character.len_utf8();
            match character {
                '\n' if self.folded && !self.blank_line_follows(at) => self.end_word(),
                '\n' | ';' | '&' | '|' | ')' | '`' => self.end_command(run),
                '(' if !self.in_make_variable(at) => self.end_command(run),
                ' ' | '\t' | '\r' | '<' => self.end_word(),
                '>' => {
                    self.end_word();
                    self.output = true;
                }
                '#' if self.word.is_none() => {
                    at += self.rest(at).find('\n').unwrap_or(self.rest(at).len());
                    continue;
                }
                '\\' => {
                    at += self.escape(at);
                    continue;
                }
                '\'' | '"' => {
                    at += self.quoted(at, character);
                    continue;
                }
                // `${{ github.x }}` and `{{x}}` are filled in before a shell sees them, and
                // `$(CARGO)` by make.
                '{' | '$' if self.placeholder(at).is_some() => {
                    at += self.take(at, self.placeholder(at).unwrap_or(width));
                    continue;
                }
                _ => {
                    self.take(at, width);
                }
            }
            at += width;
        }
        self.end_command(run);
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn blank_line_follows(&self, at: usize) -> bool {
        self.rest(at + 1).lines().next().is_none_or(|line| line.trim().is_empty())
    }

    fn in_make_variable(&self, at: usize) -> bool {
        self.rest(at).starts_with("(CARGO)")
    }

    /// How long the placeholder that begins here is.
    fn placeholder(&self, at: usize) -> Option<usize> {
        let rest = self.rest(at);
        if rest.starts_with("$(CARGO)") {
            return Some("$(CARGO)".len());
        }
        if rest.starts_with("${{") || rest.starts_with("{{") {
            return rest.find("}}").map(|end| end + 2);
        }
        None
    }

    /// A backslash: it joins lines, or makes the next character an ordinary one.
    fn escape(&mut self, at: usize) -> usize {
        let next = self.rest(at + 1);
        let line_break =
            if next.starts_with("\r\n") { 2 } else { usize::from(next.starts_with('\n')) };
        if line_break > 0 {
            self.end_word();
            return 1 + line_break;
        }
        let width = next.chars().next().map_or(0, char::len_utf8);
        self.take(at + 1, width);
        1 + width
    }

    /// What stands between quotes is part of a word.
    fn quoted(&mut self, at: usize, quote: char) -> usize {
        let start = at + 1;
        let mut length = 0;
        let mut escaped = false;
        for character in self.rest(start).chars() {
            if character == quote && !escaped {
                break;
            }
            escaped = quote == '"' && character == '\\' && !escaped;
            length += character.len_utf8();
        }
        self.take(start, length);
        let end = (start + length + 1).min(self.text.len());
        let range = self.place.of(at..end);
        if let Some(word) = &mut self.word {
            word.range = word.range.start.min(range.start)..range.end;
        }
        end - at
    }

    /// Adds text to the word. Returns its length.
    fn take(&mut self, at: usize, length: usize) -> usize {
        let range = self.place.of(at..at + length);
        let output = &mut self.output;
        let word = self.word.get_or_insert_with(|| Word {
            text: String::new(),
            range: range.clone(),
            is_output: std::mem::take(output),
        });
        word.text.push_str(self.text.get(at..at + length).unwrap_or_default());
        word.range.end = range.end;
        length
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self, run: &mut dyn FnMut(Vec<Word>)) {
        self.end_word();
        self.output = false;
        if !self.words.is_empty() {
            run(std::mem::take(&mut self.words));
        }
    }
}
