//! What a trace found, as people read it.

use std::io::{self, Write};

use depaudit_model::Timestamp;
use depaudit_trace::{Decided, Moment, Release, Report, Says};

use crate::config::values::ByteSize;
use crate::output::{BAD, Cell, Column, Table};

/// A column that holds text.
const fn text(title: &'static str, least: usize) -> Column {
    Column { title, least, number: false }
}

const TIMELINE: [Column; 6] = [
    text("TIME (UTC)", 19),
    Column { title: "EVENT", least: 5, number: true },
    text("WHAT", 12),
    text("VERSION", 7),
    text("TEAM", 6),
    text("DETAIL", 12),
];

const DECISIONS: [Column; 10] = [
    text("VERSION", 7),
    text("TEAM", 6),
    text("WHO", 6),
    text("DECISION", 8),
    Column { title: "TIMES", least: 5, number: true },
    text("FIRST (UTC)", 19),
    text("LAST (UTC)", 19),
    text("RULE", 6),
    text("POLICY", 8),
    text("REPLACED BY", 8),
];

/// Prints the report; `room` is the terminal's width, where there is one.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn print(out: &mut impl Write, report: &Report, room: Option<usize>) -> io::Result<()> {
    for release in &report.releases {
        head(out, release)?;
    }
    if !report.timeline.is_empty() {
        writeln!(out)?;
        let rows: Vec<_> = report.timeline.iter().map(moment).collect();
        Table::new(TIMELINE, room).print(out, &rows)?;
    }
    let rows: Vec<_> = report
        .releases
        .iter()
        .flat_map(|release| release.decisions.iter().map(move |it| decided(release, it)))
        .collect();
    if !rows.is_empty() {
        writeln!(out)?;
        Table::new(DECISIONS, room).print(out, &rows)?;
    }
    if report.truncated {
        writeln!(out, "\nthere is more on record: name a version, or --team")?;
    }
    Ok(())
}

fn head(out: &mut impl Write, release: &Release) -> io::Result<()> {
    let registry = release.registry.as_ref().map_or("no registry", |registry| registry.as_str());
    match &release.version {
        Some(version) => writeln!(out, "{}@{version} of {registry}", release.name)?,
        None => writeln!(out, "{} of {registry}, refused by its name", release.name)?,
    }
    match &release.first_seen {
        Some(seen) => {
            let from = seen.source.as_deref().unwrap_or("what was stored already");
            let size = seen.bytes.map_or_else(String::new, |size| format!(", {}", ByteSize(size)));
            let from = depaudit_model::terminal::printable(from);
            let (time, index) = (seconds(seen.time), seen.index);
            writeln!(out, "  first seen  {time} from {from}{size} (event {index})")?;
        }
        None if release.version.is_some() => writeln!(out, "  first seen  not on record")?,
        None => return Ok(()),
    }
    for checksum in &release.checksums {
        writeln!(out, "  sha256      {checksum}")?;
    }
    for conflict in &release.conflicts {
        let time = seconds(conflict.time);
        match conflict.sha256 {
            Some(sha256) => {
                writeln!(
                    out,
                    "  {BAD}conflict{BAD:#}    {sha256}, refused {time} (event {})",
                    conflict.index
                )?;
            }
            None => writeln!(
                out,
                "  {BAD}conflict{BAD:#}    refused {time} (event {})",
                conflict.index
            )?,
        }
    }
    let says = match release.upstream.says {
        Says::Same => "still says the same",
        Says::Withdrawn => "says the same, and that its author withdrew it",
        Says::Otherwise => "named another checksum since it was first seen",
        Says::Gone => "does not list this version any more",
        Says::NotStored => "is not known: no view of the crate is stored here",
    };
    let age =
        release.upstream.age.map_or_else(String::new, |age| format!(", asked {} ago", ago(age)));
    writeln!(out, "  upstream    {says}{age}")
}

fn moment(moment: &Moment) -> [Cell; TIMELINE.len()] {
    let bad = matches!(
        moment.what,
        "checksum-conflict" | "crate-refused" | "first-denied" | "last-denied"
    );
    let what = Cell::new(moment.what);
    [
        Cell::new(seconds(moment.time)),
        Cell::new(moment.index),
        if bad { what.styled(BAD) } else { what },
        moment.version.as_ref().map_or_else(Cell::empty, Cell::new),
        moment.team.as_ref().map_or_else(Cell::empty, Cell::new),
        moment.detail.as_ref().map_or_else(Cell::empty, Cell::new),
    ]
}

fn decided(release: &Release, decided: &Decided) -> [Cell; DECISIONS.len()] {
    let next = release.replacement_for(decided);
    let decision = Cell::new(decided.decision);
    let rule = match (&decided.rule, &decided.waiver) {
        (Some(rule), _) => rule.clone(),
        (None, Some(waiver)) => format!("waived: {waiver}"),
        (None, None) => String::new(),
    };
    [
        release.version.as_ref().map_or_else(Cell::empty, Cell::new),
        Cell::new(&decided.team),
        decided.principal.as_ref().map_or_else(Cell::empty, Cell::new),
        if decided.let_through() { decision } else { decision.styled(BAD) },
        Cell::new(decided.count),
        Cell::new(seconds(decided.first)),
        Cell::new(seconds(decided.last)),
        Cell::new(rule),
        decided.policy.map_or_else(Cell::empty, |policy| Cell::new(format!("{policy:.8}"))),
        next.map_or_else(Cell::empty, |next| Cell::new(&next.version)),
    ]
}

/// `2026-03-01 12:00:00`.
pub(super) fn seconds(time: Timestamp) -> String {
    time.to_string().chars().take("2026-03-01T12:00:00".len()).collect::<String>().replace('T', " ")
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
