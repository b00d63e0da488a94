//! Jenkinsfiles. Groovy is not parsed: what matters stands in its string literals, each of which is
//! looked at as shell text, and in assignments of the `environment` block.

use std::ops::Range;

use super::assignment::is_name;
use super::{Found, shell};

pub(super) fn read(found: &mut Found<'_, '_>) {
    let text = found.source();
    let mut line_start = 0;
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        match character {
            '\n' => {
                at += 1;
                line_start = at;
            }
            '\'' | '"' => {
                let literal = literal(rest, at, character);
                let before = text.get(line_start..at).unwrap_or_default();
                if let Some(name) = assigned(before) {
                    let value = text.get(literal.clone());
                    found.variable(name, value, line_start..literal.end);
                }
                shell::read(found, literal.clone(), false);
                let quotes = literal.start - at;
                at = (literal.end + quotes).min(text.len());
            }
            '/' if rest.starts_with("//") => at += rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2)
            }
            _ => at += character.len_utf8(),
        }
    }
}

/// The content of the string literal that begins at `at`: `'..'`, `".."` or three quotes each.
fn literal(rest: &str, at: usize, quote: char) -> Range<usize> {
    let triple: String = [quote; 3].iter().collect();
    let mark = if rest.starts_with(&triple) { triple } else { quote.to_string() };
    let content = rest.get(mark.len()..).unwrap_or_default();
    let mut from = 0;
    let end = loop {
        match content.get(from..).and_then(|rest| rest.find(&mark)) {
            None => break content.len(),
            Some(found) if content.get(..from + found).is_some_and(|it| it.ends_with('\\')) => {
                from += found + mark.len();
            }
            Some(found) => break from + found,
        }
    };
    let start = at + mark.len();
    start..start + end
}

/// `NAME` of a line that begins with `NAME =`.
fn assigned(before: &str) -> Option<&str> {
    let name = before.trim().strip_suffix('=')?.trim_end();
    is_name(name).then_some(name)
}
