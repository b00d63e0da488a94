use std::fmt::Display;
use std::io::{self, Write};

use depaudit_model::terminal::printable;

use super::facts::{AtDoors, Checked, Ending, Explained};
use crate::output::{Cell, Column, Out, TITLE, Table};

const WORDS: Column = Column { title: "ABOUT", least: 16, number: false };
const LEVEL: Column = Column { title: "LEVEL", least: 5, number: false };
const WHERE: Column = Column { title: "WHERE", least: 16, number: false };

/// What came from a policy, as a terminal shows it without obeying it.
fn shown(value: impl Display) -> String {
    printable(&value.to_string()).to_string()
}

/// Writes what is in force for a person.
pub(super) fn write(
    checked: &Checked,
    nothing: Option<&str>,
    out: &mut impl Write,
) -> io::Result<()> {
    if let Some(nothing) = nothing {
        writeln!(out, "{}", shown(nothing))?;
    }
    for file in &checked.files {
        writeln!(out, "{} sha256 {}", shown(&file.file), file.sha256)?;
    }
    if let Some(explained) = &checked.explained {
        return explain(explained, out);
    }
    title(out, "Levels", !checked.levels.is_empty())?;
    let mut table = Table::new([WORDS, LEVEL, WHERE], Out::columns());
    let rows = checked
        .levels
        .iter()
        .map(|line| [Cell::new(&line.about), Cell::new(line.level), Cell::new(&line.place)]);
    print(&mut table, out, rows.collect())?;
    title(out, "Lists", !checked.lists.is_empty())?;
    for list in &checked.lists {
        writeln!(out, "{}", list.key)?;
        for entry in &list.entries {
            writeln!(out, "  {}  ({})", shown(&entry.entry), shown(&entry.place))?;
        }
    }
    title(out, "Limits", true)?;
    for limit in &checked.limits {
        let place = limit.decided_by.as_ref().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "where no policy says".to_owned());
        writeln!(out, "{} = {}  ({})", limit.key, limit.value, shown(place))?;
    }
    endings("Declared overrides", &checked.overrides, out)?;
    endings("Waivers", &checked.waivers, out)?;
    for doors in &checked.doors {
        at_doors(doors, out)?;
    }
    title(out, "Would loosen the central policy", !checked.weakenings.is_empty())?;
    for weakened in &checked.weakenings {
        let (what, central) = (shown(&weakened.what), shown(&weakened.central));
        writeln!(out, "{}: {what} ({central})", shown(&weakened.local))?;
    }
    Ok(())
}

fn explain(explained: &Explained, out: &mut impl Write) -> io::Result<()> {
    let Explained { rule, code, level, decided_by, considered } = explained;
    match decided_by {
        Some(place) => writeln!(out, "\n{code} {rule} is at {level}: {}", shown(place))?,
        None => writeln!(out, "\n{code} {rule} is at {level}, its own: no line decides")?,
    }
    for line in considered {
        let (place, about) = (shown(&line.place), shown(&line.about));
        writeln!(out, "  {place}: {about} at {}: {}", line.level, line.outcome)?;
    }
    Ok(())
}

fn at_doors(doors: &AtDoors, out: &mut impl Write) -> io::Result<()> {
    let AtDoors { file, extends, rules, lifting, settings } = doors;
    title(out, &format!("At the doors of a server with {}", shown(file)), true)?;
    if *extends {
        writeln!(
            out,
            "none takes it: it says `extends`, and a server's policy is the central one"
        )?;
    }
    for rule in rules {
        let place = rule.because.place().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "where no line says how".to_owned());
        writeln!(out, "{}: {}  ({})", rule.rule, rule.handling, shown(place))?;
        for team in &rule.teams {
            let place = shown(&team.place);
            writeln!(out, "  for {}: {}  ({place})", team.team, team.handling)?;
        }
        for basis in &rule.goes_by {
            writeln!(out, "  {}  ({})", shown(&basis.what), shown(&basis.place))?;
        }
    }
    for line in lifting {
        let (what, lifts, place) = (shown(&line.what), shown(&line.lifts), shown(&line.place));
        writeln!(out, "let through: {what}, lifts {lifts}  ({place})")?;
    }
    for (key, value) in settings {
        writeln!(out, "{key} = {}", shown(value))?;
    }
    Ok(())
}

fn endings(what: &str, endings: &[Ending], out: &mut impl Write) -> io::Result<()> {
    title(out, what, !endings.is_empty())?;
    let column = |title, least| Column { title, least, number: false };
    let columns = [WORDS, column("OWNER", 8), column("UNTIL", 10), column("STATE", 5), WHERE];
    let mut table = Table::new(columns, Out::columns());
    let rows = endings.iter().map(|it| {
        let owner = it.owner.as_ref().map_or_else(Cell::empty, Cell::new);
        let expires = it.expires.map_or_else(Cell::empty, Cell::new);
        [Cell::new(&it.about), owner, expires, Cell::new(it.state), Cell::new(&it.place)]
    });
    print(&mut table, out, rows.collect())
}

fn print<const N: usize>(
    table: &mut Table<N>,
    out: &mut impl Write,
    rows: Vec<[Cell; N]>,
) -> io::Result<()> {
    if rows.is_empty() { Ok(()) } else { table.print(out, &rows) }
}

fn title(out: &mut impl Write, title: &str, any: bool) -> io::Result<()> {
    if any { writeln!(out, "\n{TITLE}{title}{TITLE:#}") } else { Ok(()) }
}
