//! What a trace found, as people read it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use depaudit_model::Timestamp;
use depaudit_trace::{Decided, Moment, Release, Report};

use crate::args::Next;
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
    text("NEXT", 5),
];

/// On a terminal that is narrower than this, a table tells times to the minute.
const ROOMY: usize = 100;

/// What there is to say beside the report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// The terminal's width, where there is one.
    pub(super) room: Option<usize>,
    /// The folder that commands have to be told.
    pub(super) data: &'a Path,
}

/// Prints the report.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn print(out: &mut impl Write, report: &Report, shown: Shown<'_>) -> io::Result<()> {
    let room = shown.room;
    for release in &report.releases {
        head(out, release)?;
    }
    // A heading has told it.
    let one = room.is_some() && report.releases.len() == 1;
    if !report.timeline.is_empty() {
        writeln!(out)?;
        let rows: Vec<_> = report.timeline.iter().map(|it| moment(it, one)).collect();
        Table::new(TIMELINE, room).filled(&rows).print(out, &rows)?;
    }
    let minutes = room.is_some_and(|room| room < ROOMY);
    let all = report.releases.iter().flat_map(|it| it.decisions.iter().map(move |one| (it, one)));
    let rows: Vec<_> = all.map(|(it, decision)| decided(it, decision, one, minutes)).collect();
    if !rows.is_empty() {
        writeln!(out)?;
        Table::new(DECISIONS, room).filled(&rows).print(out, &rows)?;
    }
    if report.truncated {
        writeln!(out, "\nthere is more on record: name a version, or --team")?;
    }
    next_steps(out, report, shown)
}

/// What somebody on call asks next, where it is about one release.
fn next_steps(out: &mut impl Write, report: &Report, shown: Shown<'_>) -> io::Result<()> {
    let [Release { name, version: Some(version), decisions, .. }] = report.releases.as_slice()
    else {
        return Ok(());
    };
    let release = format!("{name}@{version}");
    let next = |words: &[&str]| Next::new(words.iter().copied());
    let blast = next(&["portfolio", "blast", &release]).on(shown.data);
    writeln!(out, "\nwho runs it   {blast}")?;
    if let Some(decided) = decisions.iter().find(|it| it.let_through()) {
        let prove = next(&["ledger", "prove", &release]).of_team(&decided.team).on(shown.data);
        writeln!(out, "a receipt     {prove}")?;
    }
    writeln!(out, "how it ended  {}", next(&["log", "--crate", &release]).on(shown.data))
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
    let says = release.upstream.words();
    let age =
        release.upstream.age.map_or_else(String::new, |age| format!(", asked {} ago", ago(age)));
    writeln!(out, "  upstream    {says}{age}")?;
    for (what, received) in [("received by", true), ("refused to ", false)] {
        let decided = release.decisions.iter().filter(|it| it.let_through() == received);
        let teams: BTreeSet<_> = decided.map(|it| it.team.as_str()).collect();
        if !teams.is_empty() {
            writeln!(out, "  {what} {}", in_words(&teams))?;
        }
    }
    Ok(())
}

/// The first of them, and how many more there are.
fn in_words(teams: &BTreeSet<&str>) -> String {
    const FEW: usize = 8;
    let mut text = teams.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    if teams.len() > FEW {
        text.push_str(&format!(" and {} more teams", teams.len() - FEW));
    }
    text
}

fn moment(moment: &Moment, one: bool) -> [Cell; TIMELINE.len()] {
    let what = Cell::new(moment.what);
    [
        Cell::new(seconds(moment.time)),
        Cell::new(moment.index),
        if moment.is_bad() { what.styled(BAD) } else { what },
        moment.version.as_ref().filter(|_| !one).map_or_else(Cell::empty, Cell::new),
        moment.team.as_ref().map_or_else(Cell::empty, Cell::new),
        moment.detail.as_ref().map_or_else(Cell::empty, Cell::new),
    ]
}

fn decided(
    release: &Release,
    decided: &Decided,
    one: bool,
    minutes: bool,
) -> [Cell; DECISIONS.len()] {
    let next = release.replacement_for(decided);
    let time = |time| {
        let mut time = seconds(time);
        time.truncate(if minutes { "2026-03-01 12:00".len() } else { time.len() });
        time
    };
    let decision = Cell::new(decided.decision);
    let rule = match (&decided.rule, &decided.waiver) {
        (Some(rule), _) => rule.clone(),
        (None, Some(waiver)) => format!("waived: {waiver}"),
        (None, None) => String::new(),
    };
    [
        release.version.as_ref().filter(|_| !one).map_or_else(Cell::empty, Cell::new),
        Cell::new(&decided.team),
        decided.principal.as_ref().map_or_else(Cell::empty, Cell::new),
        if decided.let_through() { decision } else { decision.styled(BAD) },
        Cell::new(decided.count),
        Cell::new(time(decided.first)),
        Cell::new(time(decided.last)),
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
