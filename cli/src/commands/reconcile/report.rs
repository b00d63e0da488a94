//! What a reconciliation found: for programs, for spreadsheets, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use depaudit_model::sheet::Sheet;
use depaudit_model::{LockedCrate, OnRecord, RegistryName, Standing, TeamId};
use serde::Serialize;

use crate::output::{BAD, Cell, Column, Table};

/// The name of this format. A key that means something else, or is gone, makes another name.
pub(super) const SCHEMA: &str = "depaudit.reconcile/1";

/// The whole answer.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) schema: &'static str,
    /// Whose locks these are; absent where anybody's download counts.
    pub(super) team: Option<TeamId>,
    /// How many crates stand how.
    pub(super) counts: BTreeMap<&'static str, usize>,
    pub(super) crates: Vec<Row>,
    /// What no record can tell about.
    pub(super) not_covered: Vec<NotCovered>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) registry: RegistryName,
    #[serde(flatten)]
    pub(super) locked: LockedCrate,
    #[serde(flatten)]
    pub(super) on_record: OnRecord,
    /// The locks that hold it.
    pub(super) locks: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct NotCovered {
    pub(super) package: String,
    pub(super) why: &'static str,
    pub(super) lock: String,
}

impl Report {
    /// Whether something went past the proxy, or is not what the proxy knows.
    pub(super) fn is_negative(&self) -> bool {
        let bad = |row: &Row| is_bad(row.on_record.standing);
        self.crates.iter().any(bad)
    }
}

const fn is_bad(standing: Standing) -> bool {
    matches!(standing, Standing::NeverServed | Standing::Conflicting)
}

const COLUMNS: [Column; 5] = [
    Column { title: "STANDING", least: 12, number: false },
    Column { title: "CRATE", least: 12, number: false },
    Column { title: "LOCKED AS", least: 12, number: false },
    Column { title: "ON RECORD", least: 12, number: false },
    Column { title: "LOCK", least: 10, number: false },
];

/// Prints what is not simply served, and the counts.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn people(out: &mut impl Write, report: &Report, room: Option<usize>) -> io::Result<()> {
    let told = report.crates.iter().filter(|row| row.on_record.standing != Standing::Served);
    let rows: Vec<_> = told.map(row).collect();
    if !rows.is_empty() {
        Table::new(COLUMNS, room).print(out, &rows)?;
    }
    for it in &report.not_covered {
        let package = depaudit_model::terminal::printable(&it.package);
        writeln!(out, "not covered: {package}, {}", it.why)?;
    }
    let counts = report.counts.iter().map(|(standing, count)| format!("{count} {standing}"));
    writeln!(out, "{}", counts.collect::<Vec<_>>().join(", "))
}

fn row(row: &Row) -> [Cell; COLUMNS.len()] {
    let standing = Cell::new(row.on_record.standing.as_str());
    let bad = is_bad(row.on_record.standing);
    [
        if bad { standing.styled(BAD) } else { standing },
        Cell::new(row.locked.release()),
        Cell::new(format!("{:.12}", row.locked.sha256)),
        Cell::new(others(&row.on_record, 12)),
        Cell::new(row.locks.join(", ")),
    ]
}

/// The other checksums, each cut to so many digits.
fn others(on_record: &OnRecord, digits: usize) -> String {
    let others = on_record.others.iter().map(|sha256| format!("{sha256:.digits$}"));
    others.collect::<Vec<_>>().join(" ")
}

/// # Errors
/// When `out` takes no more.
pub(super) fn sheet(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let titles = ["standing", "crate", "version", "registry", "sha256", "on_record", "locks"];
    let mut sheet = Sheet::new(out, titles)?;
    for row in &report.crates {
        sheet.row([
            row.on_record.standing.as_str().to_owned(),
            row.locked.name.to_string(),
            row.locked.version.to_string(),
            row.registry.to_string(),
            row.locked.sha256.to_string(),
            others(&row.on_record, 64),
            row.locks.join(" "),
        ])?;
    }
    for it in &report.not_covered {
        let (package, why) = (it.package.clone(), it.why.to_owned());
        let empty = String::new;
        sheet.row([
            "not-covered".to_owned(),
            package,
            empty(),
            why,
            empty(),
            empty(),
            it.lock.clone(),
        ])?;
    }
    sheet.finish()
}
