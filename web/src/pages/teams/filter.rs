use std::cmp::Reverse;

use serde::Deserialize;

use super::super::asked::said;
use super::super::problem::Problem;
use super::row::Row;

/// By what the teams are sorted, the usual first.
pub(super) const SORTS: [&str; 6] =
    ["drift", "name", "coverage", "report", "download", "overrides"];

/// What the page was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    sort: Option<String>,
    pub(super) from: Option<usize>,
}

impl Filter {
    pub(super) fn sort(&self) -> Result<&'static str, Problem> {
        let wanted = said(self.sort.as_ref()).unwrap_or("drift");
        SORTS.into_iter().find(|word| *word == wanted).ok_or_else(|| {
            Problem::Question(format!("teams are sorted by one of {}", SORTS.join(", ")))
        })
    }

    /// The query of a choice, for links.
    pub(super) fn pairs(sort: &str, from: Option<usize>) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("sort", sort.to_owned())];
        pairs.extend(from.map(|from| ("from", from.to_string())));
        pairs
    }
}

/// What needs somebody's attention comes first; of equal ones, teams stand in the order of their names.
pub(super) fn sort(rows: &mut [Row], by: &str) {
    match by {
        "name" => {}
        "coverage" => rows.sort_by_key(|row| row.covered),
        // What never came stands first.
        "report" => rows.sort_by_key(|row| row.reported),
        "download" => rows.sort_by_key(|row| row.received.at_the_latest()),
        "overrides" => rows.sort_by_key(|row| Reverse((row.undeclared, row.overrides))),
        _ => rows.sort_by_key(|row| Reverse((row.score, row.split_identities, row.undeclared))),
    }
}
