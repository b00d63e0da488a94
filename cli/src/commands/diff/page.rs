use std::io::{self, Write};

use anstyle::Style;
use depaudit_auditor::difference::{ChangeKind, ChangedFile, FileKind, Mark};
use depaudit_model::terminal::printable;

use super::Answer;
use crate::output::{BAD, Cell, Column, GOOD, Out, TITLE, Table};

const COLUMNS: [Column; 5] = [
    Column { title: "CHANGE", least: 7, number: false },
    Column { title: "FILE", least: 20, number: false },
    Column { title: "+", least: 1, number: true },
    Column { title: "-", least: 1, number: true },
    Column { title: "", least: 4, number: false },
];

/// Prints an answer for a person: the sums first, then what deserves a second look, the files, and
/// unless only they are wanted, what changed within them.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn print(out: &mut impl Write, answer: &Answer, stat: bool) -> io::Result<()> {
    let difference = &answer.difference;
    let (release, against) = (printable(&answer.release), printable(&answer.against));
    writeln!(out, "{TITLE}{release} against {against}{TITLE:#}")?;
    writeln!(out, "The crate is from {}, sha256 {}.", printable(&answer.from), answer.checksum)?;
    if difference.is_none() {
        let count = files(difference.release.files);
        return writeln!(out, "{GOOD}Nothing differs{GOOD:#} in {count}.");
    }
    let totals = &difference.totals;
    writeln!(
        out,
        "{} added, {} changed, {} removed; +{} -{} lines",
        files(totals.added),
        totals.changed,
        totals.removed,
        totals.lines_added,
        totals.lines_removed
    )?;
    writeln!(out)?;
    for mark in &difference.marks {
        print_mark(out, mark)?;
    }
    if !difference.marks.is_empty() {
        writeln!(out)?;
    }
    let rows: Vec<_> = difference.files.iter().map(row).collect();
    Table::new(COLUMNS, Out::columns()).print(out, &rows)?;
    if !stat {
        difference.files.iter().try_for_each(|file| print_text(out, answer, file))?;
    }
    Ok(())
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

fn print_mark(out: &mut impl Write, mark: &Mark) -> io::Result<()> {
    write!(out, "{BAD}{}{BAD:#}", mark.kind.words())?;
    if let (Some(before), Some(after)) = (mark.before, mark.after) {
        write!(out, " ({before} before, {after} now)")?;
    }
    let about: Vec<_> = mark.about.iter().map(|about| printable(about).to_string()).collect();
    write!(out, ": {}", about.join(", "))?;
    if mark.more > 0 {
        write!(out, ", and {} more", mark.more)?;
    }
    writeln!(out)
}

fn row(file: &ChangedFile) -> [Cell; 5] {
    let (word, style) = match file.change {
        ChangeKind::Added => ("added", GOOD),
        ChangeKind::Removed => ("removed", BAD),
        ChangeKind::Changed => ("changed", Style::new()),
    };
    let count = |count: usize| if count == 0 { Cell::empty() } else { Cell::new(count) };
    let kind = match file.kind {
        FileKind::Text => "",
        FileKind::Binary => "no text",
        FileKind::Large => "too large to be compared by lines",
        FileKind::Unread(_) => "was not read",
    };
    [
        Cell::new(word).styled(style),
        Cell::new(&file.path),
        count(file.lines_added),
        count(file.lines_removed),
        Cell::new(kind),
    ]
}

fn print_text(out: &mut impl Write, answer: &Answer, file: &ChangedFile) -> io::Result<()> {
    let Some(text) = &file.text else { return Ok(()) };
    let title = |side: &str, absent: bool| {
        let path = printable(file.path.as_str());
        if absent { "nothing".to_owned() } else { format!("{} {path}", printable(side)) }
    };
    let old = title(&answer.release, file.change == ChangeKind::Added);
    let new = title(&answer.against, file.change == ChangeKind::Removed);
    writeln!(out, "\n{TITLE}--- {old}\n+++ {new}{TITLE:#}")?;
    for line in text.split_terminator('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let style = match line.as_bytes().first() {
            Some(b'-') => BAD,
            Some(b'+') => GOOD,
            Some(b'@') => TITLE,
            _ => Style::new(),
        };
        write!(out, "{style}")?;
        // A tab harms no terminal.
        for (place, part) in line.split('\t').enumerate() {
            let tab = if place > 0 { "\t" } else { "" };
            write!(out, "{tab}{}", printable(part))?;
        }
        writeln!(out, "{style:#}")?;
    }
    Ok(())
}
