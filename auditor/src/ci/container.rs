//! Dockerfiles and Containerfiles.

use super::assignment::{assignment, is_name};
use super::{Found, shell};

/// Reads the instructions that set variables or run something.
pub(super) fn read(found: &mut Found<'_, '_>) {
    let text = found.source();
    let mut at = 0;
    while at < text.len() {
        let end = at + instruction_length(text.get(at..).unwrap_or_default());
        instruction(found, at, end);
        at = end;
    }
}

/// One instruction with its continued lines; comments and blank lines between them belong to it.
fn instruction_length(text: &str) -> usize {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        let line = line.trim();
        let continues = line.ends_with('\\') || (line.starts_with('#') && length > line.len() + 2);
        if !continues {
            break;
        }
    }
    length.max(1)
}

fn instruction(found: &mut Found<'_, '_>, start: usize, end: usize) {
    let text = found.source().get(start..end).unwrap_or_default();
    let indent = text.len() - text.trim_start().len();
    let Some((name, rest)) = text.trim_start().split_once([' ', '\t']) else {
        // Lines of a here-document have no instruction of their own.
        return shell::read(found, start..end, false);
    };
    let body = end - rest.len();
    match name.to_ascii_uppercase().as_str() {
        "ENV" | "ARG" => variables(found, body, end, start + indent),
        "FROM" | "LABEL" | "WORKDIR" | "USER" | "EXPOSE" | "VOLUME" => {}
        // `RUN`, `CMD`, `ENTRYPOINT`, `ONBUILD`, or a line of a here-document.
        "RUN" | "CMD" | "ENTRYPOINT" if rest.trim_start().starts_with('[') => {
            exec_form(found, body, rest);
        }
        "RUN" | "CMD" | "ENTRYPOINT" | "ONBUILD" => {
            let flags: usize = rest
                .split_inclusive([' ', '\t'])
                .take_while(|word| word.starts_with("--") || word.trim().is_empty())
                .map(str::len)
                .sum();
            shell::read(found, body + flags..end, false);
        }
        _ => shell::read(found, start..end, false),
    }
}

/// `ENV A=1 B=2`, or in its old form `ENV A 1`.
fn variables(found: &mut Found<'_, '_>, start: usize, end: usize, instruction: usize) {
    let rest = found.source().get(start..end).unwrap_or_default();
    let old_form = rest.trim().split_once([' ', '\t']).filter(|(name, _)| is_name(name));
    if let Some((name, value)) = old_form {
        found.variable(name, Some(value.trim()), instruction..start + rest.trim_end().len());
    } else {
        shell::read(found, start..end, false);
    }
}

/// `["cargo", "build"]`: one command, its words in JSON.
fn exec_form(found: &mut Found<'_, '_>, start: usize, rest: &str) {
    let Ok(words) = serde_json::from_str::<Vec<String>>(rest.trim()) else { return };
    for (name, value) in words.iter().filter_map(|word| assignment(word)) {
        found.variable(name, Some(value), start..start + rest.trim_end().len());
    }
    if let Some((first, arguments)) = words.split_first()
        && (first == "cargo" || first.ends_with("/cargo"))
    {
        let span = found.text.span(start..start + rest.trim_end().len());
        let words = arguments.iter().map(|word| word.as_str().into()).collect();
        found.commands.push(super::CargoCommand { words, span });
    }
}
