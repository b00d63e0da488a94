use std::io::{self, Write};
use std::path::PathBuf;

use depaudit_auditor::fix::{Outcome, Refusal};
use depaudit_model::terminal::printable;
use serde::Serialize;

use super::files::Roots;
use super::tally::{Chosen, Tally};
use crate::output::{BAD, GOOD, TITLE};

/// One line a fix, then the sum.
pub(super) fn human(
    out: &mut impl Write,
    tally: &Tally<'_>,
    roots: &Roots<'_>,
    dry_run: bool,
) -> io::Result<()> {
    let done = if dry_run { "would fix" } else { "fixed" };
    for (chosen, outcome) in tally.decided() {
        match outcome {
            Outcome::Done(note) => {
                writeln!(
                    out,
                    "{GOOD}{done}{GOOD:#} {}",
                    line(chosen, roots, &chosen.fix.description)
                )?;
                if let Some(note) = note {
                    writeln!(out, "  note: {}", printable(note))?;
                }
            }
            Outcome::Refused(Refusal { why, .. }) => {
                writeln!(out, "{BAD}not fixed{BAD:#} {}", line(chosen, roots, &why.to_string()))?;
            }
        }
    }
    for chosen in &tally.need_unsafe {
        let line = line(chosen, roots, &chosen.fix.description);
        writeln!(out, "{TITLE}needs --unsafe{TITLE:#} {line}")?;
    }
    let refused = tally.outcomes.len() - tally.fixed();
    let refused =
        if refused > 0 { format!("{refused} could not be made, ") } else { String::new() };
    let done = if dry_run { "would be fixed" } else { "fixed" };
    writeln!(
        out,
        "{} {done}, {refused}{} {} --unsafe, {} {} no fix",
        tally.fixed(),
        tally.need_unsafe.len(),
        if tally.need_unsafe.len() == 1 { "needs" } else { "need" },
        tally.without,
        if tally.without == 1 { "has" } else { "have" },
    )
}

/// `OVR08 patch-unused Cargo.toml:7: remove the patch of ...`.
fn line(chosen: &Chosen<'_>, roots: &Roots<'_>, what: &str) -> String {
    let Told { rule, code, path, line, .. } = told(chosen, roots);
    format!("{code} {rule} {}:{line}: {}", printable(&path), printable(what))
}

/// A run as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Json<'r> {
    schema: &'static str,
    /// Whether nothing was written.
    dry_run: bool,
    /// The files that were written, or would be.
    files: Vec<String>,
    fixed: Vec<Told<'r>>,
    refused: Vec<Told<'r>>,
    need_unsafe: Vec<Told<'r>>,
    /// How many findings have no fix.
    without_fix: usize,
}

/// One fix.
#[derive(Debug, Serialize)]
struct Told<'r> {
    rule: &'static str,
    code: &'static str,
    team: &'r str,
    package: Option<&'r str>,
    path: String,
    line: u32,
    fix: &'r str,
    safe: bool,
    /// What Cargo has to do afterwards, or why the fix was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A run as JSON. `files`: those that were written, or would be.
pub(super) fn json<'t>(
    tally: &'t Tally<'_>,
    roots: &Roots<'_>,
    files: impl Iterator<Item = PathBuf>,
    dry_run: bool,
) -> Json<'t> {
    let (mut fixed, mut refused) = (Vec::new(), Vec::new());
    for (chosen, outcome) in tally.decided() {
        let told = told(chosen, roots);
        match outcome {
            Outcome::Done(note) => fixed.push(Told { note: note.clone(), ..told }),
            Outcome::Refused(refusal) => {
                refused.push(Told { note: Some(refusal.why.to_string()), ..told });
            }
        }
    }
    Json {
        schema: "depaudit.fix/1",
        dry_run,
        files: files.map(|path| path.display().to_string()).collect(),
        fixed,
        refused,
        need_unsafe: tally.need_unsafe.iter().map(|chosen| told(chosen, roots)).collect(),
        without_fix: tally.without,
    }
}

fn told<'t>(chosen: &Chosen<'t>, roots: &Roots<'_>) -> Told<'t> {
    let Chosen { finding, fix, team } = *chosen;
    let first = finding.locations.first().map(|place| &place.location);
    let path = first.zip(roots.get(team)).map(|(first, root)| roots.shown(&root.real, &first.path));
    Told {
        rule: finding.rule,
        code: finding.code,
        team: team.as_str(),
        package: finding.package.as_ref().map(|package| &*package.name),
        path: path.map(|path| path.display().to_string()).unwrap_or_default(),
        line: first.map_or(1, |first| first.span.line),
        fix: &fix.description,
        safe: fix.safe,
        note: None,
    }
}
