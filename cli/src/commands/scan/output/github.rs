//! Workflow commands: GitHub Actions shows each beside the line that it names.

use std::io::{self, Write};

use depaudit_auditor::report::{Finding, Span};
use depaudit_policy::Level;

use super::{View, text};

/// How many errors, and how many warnings, GitHub shows of one step. The others would be dropped
/// without a word.
const MOST: usize = 10;

/// Writes the worst findings as annotations, and how many more there are. Waived ones are left out.
///
/// # Errors
/// When `out` takes no more.
pub fn write(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut more = Vec::new();
    for (level, command, what) in
        [(Level::Deny, "error", "denied"), (Level::Warn, "warning", "warned about")]
    {
        let mut left = 0;
        for (place, finding) in view.at(level).enumerate() {
            if place < MOST {
                annotation(view, command, finding, out)?;
            } else {
                left += 1;
            }
        }
        if left > 0 {
            more.push(format!("{left} more {what}"));
        }
    }
    if more.is_empty() {
        return Ok(());
    }
    let more = more.join(", ");
    writeln!(out, "::notice title=depaudit::{more}: GitHub shows {MOST} of each in one step")
}

fn annotation(
    view: &View<'_>,
    command: &str,
    finding: &Finding,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let (name, span) = match finding.locations.first() {
        Some(place) => (view.name(finding, place), place.location.span),
        None => (view.fallback(finding), Span::START),
    };
    // A file's name is not made printable: GitHub looks for the file that is called so.
    write!(out, "::{command} file={},line={}", property(&name.to_string()), span.line)?;
    if span != Span::START {
        write!(out, ",endLine={}", span.end_line)?;
        // GitHub takes columns within one line only; its end column is the last one inside.
        if span.line == span.end_line {
            let last = span.end_column.saturating_sub(1).max(span.column);
            write!(out, ",col={},endColumn={last}", span.column)?;
        }
    }
    let title = match &finding.team {
        Some(team) if view.report.teams.len() > 1 => {
            format!("{} {} ({team})", finding.code, finding.rule)
        }
        _ => format!("{} {}", finding.code, finding.rule),
    };
    let title = property(&text::line(&title, text::LONGEST));
    writeln!(out, ",title={title}::{}", data(&text::paragraph(finding)))
}

/// What stands behind the `::`: a new line would end the command, and begin another.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: ends at a comma or a colon, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, finding, hostile, report, team};
    use super::*;

    fn rendered(report: &depaudit_auditor::report::ScanReport) -> String {
        testing::render(report, |view, out| write(view, out).unwrap())
    }

    #[test]
    fn a_finding_is_one_command_with_its_place() {
        let mut report = report(vec![team("a", "services/a")]);
        report.findings.push(finding("a", "Cargo.toml", "`shared` follows a branch: 100% of it"));
        assert_eq!(
            rendered(&report),
            "::error file=services/a/Cargo.toml,line=3,endLine=3,col=5,endColumn=8,\
             title=OVR02 patch-git-unpinned::`shared` follows a branch: 100%25 of it%0A\
             help: pin it with `rev`\n"
        );
    }

    #[test]
    fn what_github_would_drop_is_counted_in_one_line() {
        let mut report = report(vec![team("a", "a")]);
        for number in 0..13 {
            report.findings.push(finding("a", "Cargo.toml", &format!("denied {number}")));
        }
        for number in 0..11 {
            let mut warned = finding("a", "Cargo.toml", &format!("warned {number}"));
            warned.level = Level::Warn;
            report.findings.push(warned);
        }
        let text = rendered(&report);
        assert_eq!(text.matches("::error ").count(), 10);
        assert_eq!(text.matches("::warning ").count(), 10);
        let last = text.lines().last().unwrap();
        assert!(last.contains("3 more denied, 1 more warned about: "), "{last}");
    }

    #[test]
    fn bad_input_45_no_text_begins_a_command_of_its_own() {
        let text = rendered(&hostile());
        assert_eq!(text.lines().count(), 4, "{text}");
        for line in text.lines() {
            assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
            let (properties, data) = line[2..].split_once("::").unwrap();
            // The runner splits at commas, then at the first `=`.
            for property in properties.split_once(' ').unwrap().1.split(',') {
                let (name, value) = property.split_once('=').unwrap();
                let names = ["file", "line", "endLine", "col", "endColumn", "title"];
                assert!(names.contains(&name), "{property}");
                assert!(!value.contains(':'), "{property}");
            }
            assert!(!data.contains(['\r', '\n', '\u{1b}', '\u{202e}']), "{data}");
            assert!(data.len() < 64 << 10, "{}", data.len());
        }
        // The name of the file is given back to the byte.
        let file = text.split_once("file=").unwrap().1.split_once(",line").unwrap().0;
        let file = file.replace("%0A", "\n").replace("%3A", ":").replace("%25", "%");
        assert_eq!(file, "a b/100%<script>\u{202e}\n::error::x/Cargo.toml");
    }
}
