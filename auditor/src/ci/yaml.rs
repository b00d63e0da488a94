//! YAML, as an event stream: nothing is expanded, so no alias can grow, and depth costs a frame
//! on a list.

use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as YamlSpan};

use super::assignment::assignment;
use super::{Found, shell};
use crate::cargo::toml::SyntaxError;

/// Keys whose values are shell text, in any of the CI systems.
const SHELL: [&str; 13] = [
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "bash",
    "sh",
    "pwsh",
    "powershell",
    "entrypoint",
    "pre-command",
    "post-command",
];

pub(super) fn read(found: &mut Found<'_, '_>) -> Result<(), SyntaxError> {
    let mut walk = Walk { found, open: Vec::new() };
    for event in Parser::new_from_str(walk.found.source()) {
        match event {
            Ok((event, span)) => walk.event(&event, span),
            Err(error) => {
                let at = walk.offset(*error.marker());
                return Err(SyntaxError {
                    message: format!("it is no YAML: {}", error.info()),
                    span: walk.found.text.span(at..at),
                });
            }
        }
    }
    Ok(())
}

/// A collection that is not closed yet.
enum Open {
    /// A mapping: the key whose value comes next, once it was read.
    Mapping {
        key: Option<Key>,
        shell: bool,
    },
    Sequence {
        shell: bool,
    },
}

struct Key {
    name: String,
    start: usize,
}

struct Walk<'f, 't, 'i> {
    found: &'f mut Found<'t, 'i>,
    open: Vec<Open>,
}

impl Walk<'_, '_, '_> {
    fn event(&mut self, event: &Event<'_>, span: YamlSpan) {
        match event {
            Event::Scalar(value, style, ..) => self.scalar(value, *style, span),
            Event::MappingStart(..) => {
                let shell = self.value_begins(span);
                self.open.push(Open::Mapping { key: None, shell });
            }
            Event::SequenceStart(..) => {
                let shell = self.value_begins(span);
                self.open.push(Open::Sequence { shell });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
            }
            Event::Alias(_) => {
                self.value_begins(span);
            }
            _ => {}
        }
    }

    /// A collection begins where a value is expected. Returns whether its texts are shell.
    fn value_begins(&mut self, span: YamlSpan) -> bool {
        match self.open.last_mut() {
            // `script` and its like may hold lists of lists.
            Some(Open::Sequence { shell }) => *shell,
            Some(Open::Mapping { key, .. }) => {
                let Some(key) = key.take() else { return false };
                // GitLab: `NAME: {value: ..., description: ...}`.
                let end = self.offset(span.start);
                self.found.variable(&key.name, None, key.start..end);
                is_shell(&key.name)
            }
            None => false,
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: YamlSpan) {
        let range = self.offset(span.start)..self.offset(span.end);
        match self.open.last_mut() {
            Some(Open::Mapping { key: key @ None, .. }) => {
                *key = Some(Key { name: value.to_owned(), start: range.start });
            }
            Some(Open::Mapping { key, shell }) => {
                let shell = *shell;
                let Some(key) = key.take() else { return };
                self.found.variable(&key.name, Some(value), key.start..range.end);
                // A list of mappings below `command` has keys of its own (`- run: ...`).
                if is_shell(&key.name) || (shell && key.name == "value") {
                    self.shell(value, range, style);
                }
            }
            Some(Open::Sequence { shell: true }) => self.shell(value, range, style),
            Some(Open::Sequence { shell: false }) => {
                if let Some((name, value)) = assignment(value) {
                    self.found.variable(name, Some(value), range);
                }
            }
            None => {}
        }
    }

    /// Reads the text of a scalar, where it can be where it stands in the file, so that its places
    /// are right.
    fn shell(&mut self, value: &str, range: Range<usize>, style: ScalarStyle) {
        let raw = self.found.source().get(range.clone()).unwrap_or_default();
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        if is_quoted && (raw.contains('\\') || raw.contains("''")) {
            return shell::read_escaped(self.found, value, range);
        }
        let range = if is_block && raw.starts_with(['|', '>']) {
            // Behind the line with the indicator.
            range.start + raw.find('\n').map_or(raw.len(), |end| end + 1)..range.end
        } else if is_quoted && raw.len() >= 2 {
            range.start + 1..range.end - 1
        } else {
            range
        };
        shell::read(self.found, range, style != ScalarStyle::Literal);
    }

    fn offset(&self, marker: Marker) -> usize {
        self.found.text.offset(marker.line(), marker.col())
    }
}

fn is_shell(key: &str) -> bool {
    SHELL.contains(&key)
}
