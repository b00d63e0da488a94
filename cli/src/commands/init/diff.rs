use std::io::{self, Write};

use anstyle::Style;
use depaudit_model::terminal::printable;
use similar::{ChangeTag, TextDiff};

use super::mask::masked;
use crate::output::{BAD, GOOD, TITLE};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Prints how `old` becomes `new`, as a unified diff, with secrets masked.
///
/// # Errors
/// When `out` takes no more.
pub fn print(out: &mut impl Write, shown: &str, old: &str, new: &str) -> io::Result<()> {
    let before = if old.is_empty() { "nothing" } else { shown };
    writeln!(out, "{TITLE}--- {before}\n+++ {shown}{TITLE:#}")?;
    let diff = TextDiff::from_lines(old, new);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        writeln!(out, "{}", hunk.header())?;
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = masked(change.value().trim_end_matches(['\r', '\n']));
            write!(out, "{style}{sign}")?;
            // A tab is white space in TOML, and no terminal is harmed by it.
            for (place, part) in line.split('\t').enumerate() {
                let tab = if place > 0 { "\t" } else { "" };
                write!(out, "{tab}{}", printable(part))?;
            }
            writeln!(out, "{style:#}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_the_change_is_shown_without_escapes_and_without_tokens() {
        let old = "# \u{1b}[2J\n[registries.x]\n\ttoken = \"canary-7\"\n";
        let new = format!("{old}\n[registries.depaudit]\nindex = \"sparse+http://x/\"\n");
        let mut out = Vec::new();
        print(&mut out, ".cargo/config.toml", old, &new).unwrap();
        let printed = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
        assert_eq!(
            printed,
            "--- .cargo/config.toml\n+++ .cargo/config.toml\n@@ -1,3 +1,6 @@\n # \\u{1b}[2J\n \
             [registries.x]\n \ttoken = ***\n+\n+[registries.depaudit]\n\
             +index = \"sparse+http://x/\"\n"
        );
    }
}
