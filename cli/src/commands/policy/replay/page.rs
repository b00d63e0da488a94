//! What a replay found, as people read it.

use std::io::{self, Write};

use depaudit_model::Timestamp;
use depaudit_policy::Day;
use depaudit_policy::door::Block;

use super::gather::Times;
use super::report::{Denied, Judgement, Passing, Report, Unknown, Who};
use crate::output::{BAD, Cell, Column, GOOD, Table};

/// A column that holds text.
const fn text(title: &'static str, least: usize) -> Column {
    Column { title, least, number: false }
}

const TIMES: Column = Column { title: "TIMES", least: 5, number: true };
const CRATE: Column = text("CRATE", 12);
const TEAM: Column = text("TEAM", 6);
const FIRST: Column = text("FIRST", 10);
const LAST: Column = text("LAST", 10);
const WHO: Column = text("WHO", 6);

const DENIED: [Column; 9] =
    [text("RULE", 11), text("JUDGED", 6), CRATE, TEAM, TIMES, FIRST, LAST, WHO, text("WHY", 12)];
const PASSING: [Column; 8] =
    [text("NOW", 11), CRATE, TEAM, TIMES, FIRST, LAST, WHO, text("WAS REFUSED BY", 12)];
const UNKNOWN: [Column; 4] = [CRATE, TEAM, text("RULE", 11), text("WHY", 12)];

/// Prints the report; `room` is the terminal's width, where there is one.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn print(
    out: &mut impl Write,
    report: &Report<'_>,
    room: Option<usize>,
) -> io::Result<()> {
    head(out, report)?;
    let findings = report.findings;
    if !findings.denied.is_empty() {
        writeln!(out, "\nserved, and would be denied: {}", findings.denied.len())?;
        let rows: Vec<_> = findings.denied.iter().map(denied).collect();
        Table::new(DENIED, room).print(out, &rows)?;
        if findings.denied.iter().any(|it| it.judged == Judgement::WhenServed) {
            writeln!(
                out,
                "then: too young when it was first served, and old enough by now; now: by what is \
                 known today"
            )?;
        }
    }
    if !findings.passing.is_empty() {
        writeln!(out, "\nrefused, and would be served: {}", findings.passing.len())?;
        let rows: Vec<_> = findings.passing.iter().map(passing).collect();
        Table::new(PASSING, room).print(out, &rows)?;
    }
    if !findings.unknown.is_empty() {
        writeln!(out, "\nnot known: {}", findings.unknown.len())?;
        let rows: Vec<_> = findings.unknown.iter().map(unknown).collect();
        Table::new(UNKNOWN, room).print(out, &rows)?;
    }
    if findings.denied.is_empty() && findings.passing.is_empty() && findings.unknown.is_empty() {
        writeln!(out, "nothing would be decided otherwise")?;
    }
    Ok(())
}

fn head(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let Report { since, policy, advisories, decisions, .. } = report;
    writeln!(
        out,
        "{} decisions since {since}: {} served, {} refused",
        decisions.read, decisions.served, decisions.refused
    )?;
    for (count, what) in [
        (decisions.wrong_bytes, "refused for wrong bytes, which no policy lets pass"),
        (decisions.incomplete, "do not say about which release they are"),
    ] {
        if count > 0 {
            writeln!(out, "{count} more {what}")?;
        }
    }
    writeln!(
        out,
        "waivers that were granted on a server are not counted: what one lifts is judged as if it held"
    )?;
    let policy = match policy {
        Some(digest) => format!("the policy {digest:.12}"),
        None => "the rules that hold without a policy".to_owned(),
    };
    match advisories {
        Some(count) => writeln!(out, "judged by {policy} and {count} advisories"),
        None => writeln!(out, "judged by {policy}, without an advisory database"),
    }
}

fn denied(it: &Denied) -> [Cell; DENIED.len()] {
    let rule = match it.block {
        Block::Hard => format!("{} (hard)", it.rule),
        Block::Soft => format!("{} (soft)", it.rule),
    };
    let judged = match it.judged {
        Judgement::Now => "now",
        Judgement::WhenServed => "then",
    };
    let [times, first, last] = times(both(it.served, it.held_back));
    [
        Cell::new(rule).styled(BAD),
        Cell::new(judged),
        package(&it.who),
        Cell::new(&it.who.team),
        times,
        first,
        last,
        principals(&it.who),
        Cell::new(&it.why),
    ]
}

fn passing(it: &Passing) -> [Cell; PASSING.len()] {
    let now = match it.held_back_by {
        Some(rule) => Cell::new(format!("{rule} (soft)")),
        None => Cell::new("allowed").styled(GOOD),
    };
    let was = it.was.as_ref().map_or_else(Cell::empty, |was| {
        let why = if was.why.is_empty() { String::new() } else { format!(": {}", was.why) };
        Cell::new(format!("{}{why}", was.rule))
    });
    let [times, first, last] = times(Some(it.refused));
    [now, package(&it.who), Cell::new(&it.who.team), times, first, last, principals(&it.who), was]
}

fn unknown(it: &Unknown) -> [Cell; UNKNOWN.len()] {
    let why = Cell::new(it.lacking.as_text());
    [package(&it.who), Cell::new(&it.who.team), Cell::new(it.rule), why]
}

/// The default registry goes without saying, as in a lock.
fn package(who: &Who) -> Cell {
    let Who { krate, version, registry, .. } = who;
    if *registry == depaudit_model::RegistryName::crates_io() {
        Cell::new(format!("{krate}@{version}"))
    } else {
        Cell::new(format!("{krate}@{version} ({registry})"))
    }
}

fn principals(who: &Who) -> Cell {
    let more = if who.more_principals { ", and more" } else { "" };
    Cell::new(format!("{}{more}", who.principals.join(", ")))
}

/// By the day: JSON has the moments.
fn times(times: Option<Times>) -> [Cell; 3] {
    let day = |time: Timestamp| Cell::new(Day::of(time));
    match times {
        Some(Times { times, first, last }) => [Cell::new(times), day(first), day(last)],
        None => [Cell::empty(), Cell::empty(), Cell::empty()],
    }
}

fn both(a: Option<Times>, b: Option<Times>) -> Option<Times> {
    let (Some(one), Some(other)) = (a, b) else { return a.or(b) };
    Some(Times {
        times: one.times + other.times,
        first: one.first.min(other.first),
        last: one.last.max(other.last),
    })
}
