use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use depaudit_model::TeamId;
use depaudit_policy::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::spread::{NameSpread, VersionSpread, versions};
use super::{SplitCause, Standing};
use crate::report::Report;
use crate::set::Speaking;
use crate::{History, Portfolio};

/// How it stood at the end of a day: over all teams, or for one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrendPoint {
    /// The day.
    #[schema(value_type = String)]
    pub day: Day,
    /// Repositories that had reported by then.
    pub repositories: usize,
    /// Names that teams shared; of one team, those that it shared with another.
    pub shared: usize,
    /// Of them, those at more than one version, whoever was behind.
    pub drift: usize,
    /// Names and versions with more than one identity, without those that have a name in common alone
    /// ([`SplitIdentity::is_name_alone`](super::SplitIdentity::is_name_alone)).
    pub split_identities: usize,
    /// Overrides that stood, without ways through an approved proxy.
    pub overrides: usize,
    /// Of them, those that no declaration covered on that day.
    pub undeclared: usize,
}

/// How it stood on each of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trends {
    /// Over all teams.
    pub all: Vec<TrendPoint>,
    /// For each team that has reported by the last of the days.
    teams: BTreeMap<TeamId, Vec<TrendPoint>>,
}

impl Trends {
    /// How it stood for a team. One that never reported had nothing on any day.
    #[must_use]
    pub fn of_team(&self, team: &TeamId) -> Vec<TrendPoint> {
        let nothing = || self.all.iter().map(|it| TrendPoint::nothing(it.day)).collect();
        self.teams.get(team).cloned().unwrap_or_else(nothing)
    }
}

/// What was counted before. The same reports count the same on every day, so that another report
/// leaves the past days alone. Reports that are gone are not kept in memory by it.
#[derive(Debug, Default)]
pub struct TrendMemory(VecDeque<(Vec<Weak<Report>>, Arc<Counted>)>);

impl TrendMemory {
    /// How many sets of reports are remembered: a trend has fewer days.
    const MOST: usize = 512;

    fn find<'a>(
        &self,
        reports: impl ExactSizeIterator<Item = &'a Arc<Report>>,
    ) -> Option<Arc<Counted>> {
        let wanted: Vec<_> = reports.map(Arc::as_ptr).collect();
        let is_it = |known: &[Weak<Report>]| {
            // While a `Weak` is there, no other report can be where its own one was.
            known.len() == wanted.len() && known.iter().map(Weak::as_ptr).eq(wanted.iter().copied())
        };
        let known = self.0.iter().find(|(known, _)| is_it(known));
        known.map(|(_, counted)| Arc::clone(counted))
    }

    fn keep<'a>(&mut self, reports: impl Iterator<Item = &'a Arc<Report>>, counted: &Arc<Counted>) {
        self.0.truncate(Self::MOST - 1);
        self.0.push_front((reports.map(Arc::downgrade).collect(), Arc::clone(counted)));
    }
}

/// How it stood on each of these days, in their order. A day on which nothing new was reported costs
/// no second count.
#[must_use]
pub fn trend(history: &History, days: impl IntoIterator<Item = Day>) -> Vec<TrendPoint> {
    trends(history, days).all
}

/// The same, and how it stood for each team: all are counted in one pass.
#[must_use]
pub fn trends(history: &History, days: impl IntoIterator<Item = Day>) -> Trends {
    trends_remembered(history, days, &mut TrendMemory::default())
}

/// The same. Reports that were counted together before, for another day or in another call, are not
/// counted again.
#[must_use]
pub fn trends_remembered(
    history: &History,
    days: impl IntoIterator<Item = Day>,
    memory: &mut TrendMemory,
) -> Trends {
    let mut trends = Trends { all: Vec::new(), teams: BTreeMap::new() };
    let mut speaking = Speaking::default();
    let mut heard = 0;
    let mut before: Option<Portfolio> = None;
    for day in days {
        let count = history.count_at(day.end());
        if count < heard {
            (speaking, heard) = (Speaking::default(), 0);
        }
        let new = history.reports().get(heard..count).unwrap_or_default();
        new.iter().for_each(|report| speaking.hear(report));
        heard = count;
        let counted = memory.find(speaking.reports()).unwrap_or_else(|| {
            let portfolio = Portfolio::index(&speaking, before.as_ref());
            let counted = Arc::new(Counted::of(&portfolio, day));
            memory.keep(speaking.reports(), &counted);
            before = Some(portfolio);
            counted
        });
        trends.push(&counted.on(day, &speaking));
    }
    trends
}

impl Trends {
    fn push(&mut self, counted: &Counted) {
        let before: Vec<_> = self.all.iter().map(|it| TrendPoint::nothing(it.day)).collect();
        for (team, point) in &counted.teams {
            let days = self.teams.entry(team.clone()).or_insert_with(|| before.clone());
            days.push(point.clone());
        }
        self.all.push(counted.all.clone());
    }
}

/// What is counted of one day.
#[derive(Debug, Clone)]
struct Counted {
    all: TrendPoint,
    teams: BTreeMap<TeamId, TrendPoint>,
}

impl Counted {
    /// What the locks say.
    fn of(portfolio: &Portfolio, day: Day) -> Self {
        let mut counted = Self { all: TrendPoint::nothing(day), teams: BTreeMap::new() };
        for report in portfolio.reports() {
            let team = &report.origin.team;
            if !counted.teams.contains_key(team) {
                counted.teams.insert(team.clone(), TrendPoint::nothing(day));
            }
            counted.count([team], |it| &mut it.repositories);
        }
        for (_, same_name) in portfolio.names() {
            let spread = NameSpread::of(&same_name);
            if spread.is_shared() {
                counted.count(spread.teams.iter().copied(), |it| &mut it.shared);
            }
            if spread.drifts() {
                counted.count(spread.teams.iter().copied(), |it| &mut it.drift);
            }
            for same in versions(&same_name) {
                let spread = VersionSpread::of(same);
                if spread.causes().iter().any(|cause| *cause != SplitCause::Folders) {
                    counted.count(spread.teams.iter().copied(), |it| &mut it.split_identities);
                }
            }
        }
        counted
    }

    /// The same on another day, with the overrides that stand on it.
    fn on(&self, day: Day, speaking: &Speaking) -> Self {
        let mut counted = self.clone();
        let points = counted.teams.values_mut().chain([&mut counted.all]);
        points.for_each(|point| point.day = day);
        for report in speaking.reports() {
            let team = &report.origin.team;
            for record in report.overrides.iter().filter(|it| !it.is_approved_proxy()) {
                counted.count([team], |it| &mut it.overrides);
                // A declaration ends without any report.
                if Standing::of(record, day) < Standing::Declared {
                    counted.count([team], |it| &mut it.undeclared);
                }
            }
        }
        counted
    }

    /// Counts one thing, for all and for each team that it concerns.
    fn count<'t>(
        &mut self,
        teams: impl IntoIterator<Item = &'t TeamId>,
        what: fn(&mut TrendPoint) -> &mut usize,
    ) {
        *what(&mut self.all) += 1;
        for team in teams {
            if let Some(point) = self.teams.get_mut(team) {
                *what(point) += 1;
            }
        }
    }
}

impl TrendPoint {
    const fn nothing(day: Day) -> Self {
        Self {
            day,
            repositories: 0,
            shared: 0,
            drift: 0,
            split_identities: 0,
            overrides: 0,
            undeclared: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::testing::{Drawn, report};

    fn on(day: &str, team: &str, drawn: Drawn) -> Report {
        let mut report = report(team, drawn);
        report.time = format!("{day}T12:00:00Z").parse().unwrap();
        report
    }

    #[test]
    fn a_fork_comes_and_goes() {
        let released = || Drawn::new("shop").package("shared", "1.2.0");
        let forked = Drawn::new("shop").git("shared", "1.2.0", "https://git.example/shared");
        let history = History::new([
            on("2026-01-01", "payments", released()),
            on("2026-01-01", "web", released()),
            on("2026-01-03", "payments", forked.patched("https://git.example/shared")),
            on("2026-01-05", "payments", released()),
        ]);
        let days = ["2025-12-31", "2026-01-01", "2026-01-03", "2026-01-04", "2026-01-05"];
        let days = days.map(|day| day.parse().unwrap());
        let mut memory = TrendMemory::default();
        let points = trends_remembered(&history, days, &mut memory).all;
        let row =
            |it: &TrendPoint| (it.repositories, it.split_identities, it.overrides, it.undeclared);
        let rows: Vec<_> = points.iter().map(row).collect();
        assert_eq!(rows, [(0, 0, 0, 0), (2, 0, 0, 0), (2, 1, 1, 1), (2, 1, 1, 1), (2, 0, 0, 0)]);
        // In whatever order, and remembered, it is the same.
        let again = trends_remembered(&history, days.into_iter().rev(), &mut memory).all;
        assert!(again.iter().rev().eq(&points));
        assert_eq!(memory.0.len(), 4);
    }

    #[test]
    fn a_late_report_of_a_past_day_changes_the_days_from_then_on_and_no_other() {
        let released = || Drawn::new("shop").package("shared", "1.2.0");
        let behind = || Drawn::new("shop").package("shared", "1.1.0");
        let first = [
            on("2026-01-01", "payments", released()),
            on("2026-01-01", "web", released()),
            on("2026-01-05", "web", released()),
        ];
        let first: Vec<_> = first.map(Arc::new).into();
        let days = || ["2026-01-01", "2026-01-03", "2026-01-05"].map(|day| day.parse().unwrap());
        let drift = |reports: &[Arc<Report>], memory: &mut TrendMemory| {
            let history = History::new(reports.iter().cloned());
            let points = trends_remembered(&history, days(), memory).all;
            points.iter().map(|it| it.drift).collect::<Vec<_>>()
        };
        let mut memory = TrendMemory::default();
        assert_eq!(drift(&first, &mut memory), [0, 0, 0]);
        let late = Arc::new(on("2026-01-02", "web", behind()));
        let all = [&first[..], &[late]].concat();
        assert_eq!(drift(&all, &mut memory), [0, 1, 0]);
        // What is not kept any more is as if it had never come, and holds no report in memory.
        let late = Arc::downgrade(&all[3]);
        drop(all);
        assert_eq!(drift(&first, &mut memory), [0, 0, 0]);
        assert!(late.upgrade().is_none());
    }

    #[test]
    fn each_team_is_counted_for_itself_and_a_newcomer_had_nothing_before() {
        let forked = Drawn::new("shop").git("shared", "1.2.0", "https://git.example/shared");
        let history = History::new([
            on("2026-01-01", "payments", Drawn::new("shop").package("shared", "1.2.0")),
            on("2026-01-01", "web", Drawn::new("shop").package("shared", "1.3.0")),
            on("2026-01-03", "search", forked.patched("https://git.example/shared")),
        ]);
        let days = || ["2026-01-02", "2026-01-03"].map(|day| day.parse().unwrap());
        let trends = trends(&history, days());
        assert_eq!(trends.all, trend(&history, days()));
        let row = |it: &TrendPoint| {
            (it.day.to_string(), it.shared, it.drift, it.split_identities, it.overrides)
        };
        let of =
            |team: &str| trends.of_team(&team.parse().unwrap()).iter().map(row).collect::<Vec<_>>();
        let second = || "2026-01-02".to_owned();
        let third = || "2026-01-03".to_owned();
        assert_eq!(of("payments"), [(second(), 1, 1, 0, 0), (third(), 1, 1, 1, 0)]);
        assert_eq!(of("web"), [(second(), 1, 1, 0, 0), (third(), 1, 1, 0, 0)]);
        assert_eq!(of("search"), [(second(), 0, 0, 0, 0), (third(), 1, 1, 1, 1)]);
        assert_eq!(of("nobody"), [(second(), 0, 0, 0, 0), (third(), 0, 0, 0, 0)]);
    }
}
