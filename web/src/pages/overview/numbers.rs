use depaudit_portfolio::question::{Covered, Standing, TrendPoint};

use super::super::frame::{Entry, Frame};
use super::super::room::Asking;

/// A number that matters.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) label: &'static str,
    pub(super) value: usize,
    /// Of how many.
    pub(super) of: Option<usize>,
    /// What is wrong with it, in a sentence, so that the number needs no legend.
    pub(super) means: &'static str,
    /// How it stood when the trend begins.
    pub(super) before: Option<usize>,
    pub(super) page: Entry,
}

impl Number {
    pub(super) fn path(&self, frame: &Frame<'_>) -> String {
        frame.of(self.page)
    }

    /// More of any of these is worse.
    pub(super) fn change(&self) -> Option<String> {
        let before = self.before?;
        Some(match self.value.cmp(&before) {
            std::cmp::Ordering::Less => format!("▼ {} fewer", before - self.value),
            std::cmp::Ordering::Equal => "as before".to_owned(),
            std::cmp::Ordering::Greater => format!("▲ {} more", self.value - before),
        })
    }

    /// The stylesheet's name for how it is.
    pub(super) const fn class(&self) -> &'static str {
        if self.value == 0 { "allowed" } else { "hard" }
    }
}

/// The numbers, what is worst first.
pub(super) fn of(asking: &Asking) -> Vec<Number> {
    let (across, standing, trend) = (asking.across(), asking.standing(), asking.trend());
    // A day before the first report had nothing that could be compared.
    let first = trend.iter().find(|day| day.repositories > 0);
    let before = |count: fn(&TrendPoint) -> usize| first.map(count);
    let undeclared = standing.iter().filter(|it| it.standing < Standing::Declared).count();
    let coverage = asking.coverage();
    let unseen = coverage.teams.iter().filter(|it| it.covered != Covered::Yes).count();
    vec![
        Number {
            label: "Split identities",
            value: asking.split().iter().filter(|it| !it.is_name_alone()).count(),
            of: None,
            means: "the same name and version, and not the same bytes for every team",
            before: before(|day| day.split_identities),
            page: Entry::Overview,
        },
        Number {
            label: "Overrides that nobody answers for",
            value: undeclared,
            of: Some(standing.len()),
            means: "without a declaration, or with one that has ended or lacks something",
            before: before(|day| day.undeclared),
            page: Entry::Overview,
        },
        Number {
            label: "Crates that drift",
            value: across.drift,
            of: Some(across.shared),
            means: "shared by teams, at more than one version",
            before: before(|day| day.drift),
            page: Entry::Overview,
        },
        Number {
            label: "Missed patch releases",
            value: asking.missed().missed.len(),
            of: None,
            means: "a compatible patch is out, and a lock still holds the version before it",
            before: None,
            page: Entry::Overview,
        },
        Number {
            label: "Teams not seen",
            value: unseen,
            of: Some(coverage.teams.len()),
            means: "without a report, with an old one, or past the proxy",
            before: None,
            page: Entry::Overview,
        },
    ]
}
