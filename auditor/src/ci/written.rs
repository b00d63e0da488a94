//! Scripts that write Cargo's configuration while they run: what they write is in no file that a
//! scan could read.

use super::Found;
use super::shell::Word;
use crate::report::Span;

/// A place at which Cargo's configuration is written.
#[derive(Debug)]
pub(super) struct Written {
    /// The file's name, without its folder.
    pub(super) name: &'static str,
    /// The word that names it.
    pub(super) span: Span,
}

/// Programs that write a file which one of their words names.
const WRITERS: [&str; 3] = ["curl", "tee", "wget"];

/// Programs, and instructions of container files, whose last word names what they write.
const COPIERS: [&str; 6] = ["ADD", "COPY", "cp", "install", "ln", "mv"];

/// Notes what a simple command writes. A copy of a file that is configuration already was read
/// where it comes from.
pub(super) fn note(found: &mut Found<'_, '_>, words: &[Word]) {
    let runs = |programs: &[&str]| words.iter().any(|word| programs.contains(&&*word.text));
    let mut configs = words.iter().filter_map(|word| Some((word, config_name(&word.text)?)));
    let Some(first) = configs.next() else { return };
    let is_last = words.last().is_some_and(|last| std::ptr::eq(last, first.0));
    let of_command = runs(&WRITERS) || (runs(&COPIERS) && is_last);
    for (word, name) in std::iter::once(first).chain(configs) {
        if word.is_output || of_command {
            let span = found.text.span(word.range.clone());
            found.written.push(Written { name, span });
        }
    }
}

/// The name of the file, where Cargo reads it as configuration: in a folder `.cargo`, in
/// `$CARGO_HOME`, or in `cargo`, which is its name in container images.
fn config_name(path: &str) -> Option<&'static str> {
    let (folder, name) = path.rsplit_once('/')?;
    let name = ["config.toml", "config"].into_iter().find(|it| *it == name)?;
    let folder = folder.rsplit('/').next().unwrap_or(folder).trim_end_matches('}');
    (matches!(folder, ".cargo" | "cargo") || folder.contains("CARGO_HOME")).then_some(name)
}
