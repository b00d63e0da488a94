use depaudit_policy::Day;
use serde::Serialize;

use super::{Standing, across, split_identities, standing_overrides};
use crate::History;

/// How it stood at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrendPoint {
    /// The day.
    pub day: Day,
    /// Repositories that had reported by then.
    pub repositories: usize,
    /// Names that teams shared.
    pub shared: usize,
    /// Of them, those at more than one version.
    pub drift: usize,
    /// Names and versions with more than one identity, without those that have a name in common alone
    /// ([`SplitIdentity::is_name_alone`](super::SplitIdentity::is_name_alone)).
    pub split_identities: usize,
    /// Overrides that stood.
    pub overrides: usize,
    /// Of them, those that no declaration covered on that day.
    pub undeclared: usize,
}

/// How it stood on each of these days, in their order. A day on which nothing new was reported costs
/// no second count.
#[must_use]
pub fn trend(history: &History, days: impl IntoIterator<Item = Day>) -> Vec<TrendPoint> {
    let mut points = Vec::<TrendPoint>::new();
    let mut counted = None;
    for day in days {
        let count = history.count_at(day.end());
        let known = points.last().filter(|_| counted == Some(count)).cloned();
        let mut point = known.unwrap_or_else(|| at(history, count, day));
        let until = history.until(count);
        let standing = standing_overrides(&until, day);
        point.day = day;
        point.overrides = standing.len();
        // A declaration ends without any report.
        point.undeclared = standing.iter().filter(|it| it.standing < Standing::Declared).count();
        counted = Some(count);
        points.push(point);
    }
    points
}

fn at(history: &History, count: usize, day: Day) -> TrendPoint {
    let portfolio = history.first(count);
    let across = across(&portfolio);
    TrendPoint {
        day,
        repositories: portfolio.reports().len(),
        shared: across.shared,
        drift: across.drift,
        split_identities: split_identities(&portfolio)
            .iter()
            .filter(|it| !it.is_name_alone())
            .count(),
        overrides: 0,
        undeclared: 0,
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
        let points = trend(&history, days.map(|day| day.parse().unwrap()));
        let row =
            |it: &TrendPoint| (it.repositories, it.split_identities, it.overrides, it.undeclared);
        let rows: Vec<_> = points.iter().map(row).collect();
        assert_eq!(rows, [(0, 0, 0, 0), (2, 0, 0, 0), (2, 1, 1, 1), (2, 1, 1, 1), (2, 0, 0, 0)]);
    }
}
