//! Makefiles and justfiles: recipes are shell, and lines outside of them may set variables.

use super::assignment::is_name;
use super::{Found, shell};

pub(super) fn read(found: &mut Found<'_, '_>) {
    let text = found.source();
    let mut start = 0;
    while start < text.len() {
        let end = start + logical_line(text.get(start..).unwrap_or_default());
        let line = text.get(start..end).unwrap_or_default();
        let is_recipe = line.starts_with([' ', '\t']);
        if is_recipe {
            let silent = line.len() - line.trim_start_matches([' ', '\t', '@', '-', '+']).len();
            shell::read(found, start + silent..end, false);
        } else if let Some((name, value)) = variable(line) {
            found.variable(name, Some(value), start..start + line.trim_end().len());
        }
        start = end;
    }
}

/// A line, with those that a backslash joins to it.
fn logical_line(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    length.max(1)
}

/// `export NAME := value`, and its relatives in make (`=`, `?=`, `::=`) and just (`:=`).
fn variable(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', '!']).trim();
    // A target's own variable: `build: export NAME = value`.
    let name = name.rsplit_once(':').map_or(name, |(_, name)| name.trim());
    let name = name.strip_prefix("override ").unwrap_or(name);
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    is_name(name).then(|| (name, value.trim().trim_matches(['"', '\''])))
}
