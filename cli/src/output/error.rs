use std::fmt;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use depaudit_model::terminal::printable;

use super::BAD;

/// Prints an error for a person: what happened in one line, and a line for each cause. Never a
/// backtrace: what a user can act on stands in the lines, what a developer needs is in the log.
pub fn print(error: &anyhow::Error) {
    // When standard error is gone too, nobody is left to tell.
    let _ = anstream::stderr().write_all(Report(error).to_string().as_bytes());
}

/// Prints a warning for a person, in one line: something did not go as it was asked for, and the
/// command went on.
pub fn print_warning(text: &str) {
    let line = format!("{WARNING}warning{WARNING:#}: {}\n", OneLine(text));
    let _ = anstream::stderr().write_all(line.as_bytes());
}

/// The title of a warning.
const WARNING: Style = AnsiColor::Yellow.on_default();

struct Report<'a>(&'a anyhow::Error);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{BAD}error{BAD:#}: {}", OneLine(&self.0.to_string()))?;
        for cause in self.0.chain().skip(1) {
            writeln!(f, "  caused by: {}", OneLine(&cause.to_string()))?;
        }
        Ok(())
    }
}

/// Errors quote what came from outside. Joined with `; `, their lines cannot pass for lines of
/// ours; everything else that a terminal would obey is escaped.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, line) in self.0.trim().lines().enumerate() {
            let between = if place > 0 { "; " } else { "" };
            write!(f, "{between}{}", printable(line.trim()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn bad_input_45_an_error_is_one_line_and_one_for_each_cause() {
        let error = Err::<(), _>(anyhow!("the upstream said \u{1b}[2Jhello\nerror: forged"))
            .context("cannot fetch serde")
            .unwrap_err();
        assert_eq!(
            anstream::adapter::strip_str(&Report(&error).to_string()).to_string(),
            "error: cannot fetch serde\n  \
             caused by: the upstream said \\u{1b}[2Jhello; error: forged\n"
        );
    }
}
