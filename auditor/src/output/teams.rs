use std::collections::BTreeSet;
use std::io::{self, Write};

use depaudit_model::terminal::printable;

use crate::report::{CrossTeam, ScanReport};

/// So many crates are named; the JSON has all of them.
const MOST_NAMED: usize = 5;

/// How the teams of a scan differ, one line each for split identities and for drift. Nothing for
/// one team alone.
pub(super) fn write(report: &ScanReport, out: &mut impl Write) -> io::Result<()> {
    if report.teams.len() < 2 {
        return Ok(());
    }
    let across = &report.cross_team;
    split_identities(across, out)?;
    drift(across, out)
}

fn split_identities(across: &CrossTeam, out: &mut impl Write) -> io::Result<()> {
    let crates = &across.crates.same_version;
    let differing = [&crates.checksum, &crates.kind, &crates.git_url, &crates.git_rev];
    let split: BTreeSet<&str> = differing.into_iter().flatten().map(String::as_str).collect();
    let shared = across.same_version.shared;
    write!(out, "  split identities: {} of {shared} versions that teams share", split.len())?;
    name(split.into_iter(), out)
}

fn drift(across: &CrossTeam, out: &mut impl Write) -> io::Result<()> {
    let CrossTeam { shared, drift, incompatible, no_common, crates, .. } = across;
    write!(
        out,
        "  drift: {drift} of {shared} crates that teams share stand at several versions, \
         {incompatible} on incompatible lines, {no_common} without a version in common",
    )?;
    name(crates.no_common.iter().map(String::as_str), out)
}

/// Names the first of them, and ends the line.
fn name<'n>(names: impl ExactSizeIterator<Item = &'n str>, out: &mut impl Write) -> io::Result<()> {
    let more = names.len().saturating_sub(MOST_NAMED);
    for (nth, name) in names.take(MOST_NAMED).enumerate() {
        let separator = if nth == 0 { ": " } else { ", " };
        // The names come from locks, which may hold anything.
        write!(out, "{separator}{}", printable(name))?;
    }
    if more > 0 {
        write!(out, " and {more} more")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Repository, crates_io_package, lock, scan_across};

    fn shown(teams: &[(&str, Repository)]) -> String {
        let mut out = Vec::new();
        write(&scan_across(teams), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn team(packages: &str) -> Repository {
        Repository::new().manifest("").file("Cargo.lock", &lock(packages))
    }

    fn from_git(name: &str) -> String {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1.2.0\"\n\
             source = \"git+https://git.example/{name}#0123\"\n"
        )
    }

    #[test]
    fn split_identities_and_drift_have_a_line_each() {
        let ours = crates_io_package("shared", "1.2.0") + &crates_io_package("other", "1.0.0");
        let theirs = from_git("shared") + &crates_io_package("other", "2.0.0");
        assert_eq!(
            shown(&[("a", team(&ours)), ("b", team(&theirs))]),
            "  split identities: 1 of 1 versions that teams share: shared@1.2.0\n  \
             drift: 1 of 2 crates that teams share stand at several versions, 1 on incompatible \
             lines, 1 without a version in common: other\n"
        );
    }

    #[test]
    fn only_the_first_names_are_shown() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let ours: String = names.iter().map(|name| crates_io_package(name, "1.2.0")).collect();
        let theirs: String = names.iter().map(|name| from_git(name)).collect();
        let shown = shown(&[("a", team(&ours)), ("b", team(&theirs))]);
        assert!(
            shown.contains("a@1.2.0, b@1.2.0, c@1.2.0, d@1.2.0, e@1.2.0 and 2 more"),
            "{shown}"
        );
    }

    #[test]
    fn one_team_differs_from_nobody() {
        assert_eq!(shown(&[("a", team(&crates_io_package("shared", "1.0.0")))]), "");
    }

    #[test]
    fn bad_input_45_a_name_in_a_lock_does_not_reach_the_terminal_as_it_is() {
        let name = "x\\u001b[2J";
        let teams = [("a", team(&crates_io_package(name, "1.2.0"))), ("b", team(&from_git(name)))];
        let shown = shown(&teams);
        assert!(shown.contains("split identities: 1 of 1"), "{shown:?}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
