//! What the locks of all teams hold, side by side.

mod count;
mod identity;
mod named;
mod origin;

use rayon::slice::ParallelSliceMut;

pub(crate) use depaudit_model::cargo::Line;
pub(crate) use identity::Identity;
pub(crate) use named::Named;
pub(crate) use origin::{Origin, Origins};

use super::AuditedTeam;
use crate::cargo::lock::{Lock, LockedPackage};
use crate::report::{CrossTeam, Location, Override, Place, TeamName};

/// One package in one lock of one team (by its number).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) team: usize,
    pub(crate) lock: &'a Lock,
    pub(crate) package: &'a LockedPackage,
}

/// Everything that is locked, by name and version. Sorted once, for the counts and for every rule
/// that compares teams: the teams' locks hold millions of packages.
#[derive(Debug)]
pub(crate) struct Entries<'a>(Vec<Entry<'a>>);

impl<'a> Entries<'a> {
    fn of(teams: impl Iterator<Item = &'a [Lock]>) -> Self {
        let mut entries = Vec::new();
        for (team, locks) in teams.enumerate() {
            for lock in locks {
                entries.extend(lock.packages.iter().map(|package| Entry { team, lock, package }));
            }
        }
        // Stable: entries of one version keep the order of teams and locks.
        entries.par_sort_by(|a, b| {
            let key = |entry: &Entry<'a>| (&entry.package.name, &entry.package.version);
            key(a).cmp(&key(b))
        });
        Self(entries)
    }

    fn compare(&self) -> CrossTeam {
        count::compare(&self.0)
    }
}

/// All teams, for the rules that compare them.
#[derive(Debug)]
pub(crate) struct Across<'a> {
    teams: &'a [AuditedTeam],
    entries: Entries<'a>,
}

impl<'a> Across<'a> {
    pub(crate) fn of(teams: &'a [AuditedTeam]) -> Self {
        let entries = Entries::of(teams.iter().map(|team| team.locks.as_slice()));
        Self { teams, entries }
    }

    /// How the teams differ, in numbers.
    pub(crate) fn compare(&self) -> CrossTeam {
        self.entries.compare()
    }

    /// All of them.
    pub(crate) fn teams(&self) -> &'a [AuditedTeam] {
        self.teams
    }

    /// The entries of each name, those of one version next to each other.
    pub(crate) fn names(&self) -> impl Iterator<Item = &[Entry<'a>]> {
        self.entries.0.chunk_by(|a, b| a.package.name == b.package.name)
    }

    /// The team with this number; every entry has a number that is one's.
    pub(crate) fn team(&self, number: usize) -> Option<&'a AuditedTeam> {
        self.teams.get(number)
    }

    /// What the team with this number is called.
    pub(crate) fn team_name(&self, number: usize) -> Option<&'a TeamName> {
        Some(&self.team(number)?.report.team)
    }

    /// The one team that all these numbers are of, if it is one.
    pub(crate) fn only_team(&self, teams: impl IntoIterator<Item = usize>) -> Option<&'a TeamName> {
        let mut teams = teams.into_iter();
        let first = teams.next()?;
        if teams.all(|team| team == first) { self.team_name(first) } else { None }
    }

    /// What each entry really is, where the lock alone does not tell.
    pub(crate) fn origins(&self) -> Origins<'a> {
        Origins::of(self.teams)
    }

    /// Where an entry stands.
    pub(crate) fn place(&self, entry: &Entry<'_>) -> Place {
        let location = Location::new(&entry.lock.path, entry.package.span);
        Place { team: self.team_name(entry.team).cloned(), location }
    }

    /// Where an override of a team stands.
    pub(crate) fn place_of(&self, team: usize, record: &Override) -> Place {
        Place { team: self.team_name(team).cloned(), location: record.location.clone() }
    }
}
