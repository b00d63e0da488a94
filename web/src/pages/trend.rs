//! How the counts went: a picture, and a table of the days on which something changed.

use axum::response::Response;
use depaudit_portfolio::question::TrendPoint;

use super::chart::{Line, Lines};
use super::export;
use super::table::{Cell, Table};

pub(super) fn picture(trend: &[TrendPoint]) -> Lines {
    let line = |label, count: fn(&TrendPoint) -> usize| Line {
        label,
        counts: trend.iter().map(count).collect(),
    };
    let lines = [
        line("Split identities", |day| day.split_identities),
        line("Crates that drift", |day| day.drift),
        line("Overrides", |day| day.overrides),
        line("Undeclared ones", |day| day.undeclared),
    ];
    let day = |point: Option<&TrendPoint>| point.map_or_else(String::new, |it| it.day.to_string());
    let title = "How the counts went in the last 30 days; the table has the days with changes";
    Lines::new(title.to_owned(), [day(trend.first()), day(trend.last())], &lines)
}

/// The days on which something changed, the newest first: a month of days of which most are equal says
/// less than those that differ.
pub(super) fn table(trend: &[TrendPoint]) -> Table {
    let same = |a: &TrendPoint, b: &TrendPoint| TrendPoint { day: b.day, ..a.clone() } == *b;
    let first_of_each = trend.chunk_by(same).filter_map(|days| days.first());
    let mut changes: Vec<_> = first_of_each.collect();
    changes.reverse();
    let cells = |it: &&TrendPoint| {
        let counts = [it.repositories, it.split_identities, it.drift, it.overrides, it.undeclared];
        let mut cells = vec![Cell::new(it.day).class("when")];
        cells.extend(counts.map(|count| Cell::new(count).class("number")));
        cells
    };
    let columns =
        vec!["Since", "Repositories", "Split identities", "Drift", "Overrides", "Undeclared"];
    Table::brief("The last 30 days", columns, &changes, cells)
}

pub(super) fn csv(trend: &[TrendPoint]) -> Response {
    let titles = [
        "day",
        "repositories",
        "shared names",
        "drift",
        "split identities",
        "overrides",
        "undeclared",
    ];
    let row = |it: &TrendPoint| {
        let counts = [
            it.repositories,
            it.shared,
            it.drift,
            it.split_identities,
            it.overrides,
            it.undeclared,
        ];
        let [a, b, c, d, e, f] = counts.map(|count| count.to_string());
        [it.day.to_string(), a, b, c, d, e, f]
    };
    export::csv("trend", titles, trend.iter().map(row))
}
