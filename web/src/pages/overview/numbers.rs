use depaudit_portfolio::question::{Covered, Standing, TrendPoint};

use super::super::frame::Frame;
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
    /// The parts of the path of the page that has them all.
    pub(super) page: &'static [&'static str],
}

impl Number {
    pub(super) fn path(&self, frame: &Frame<'_>) -> String {
        frame.site.path(self.page.iter().copied())
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
    let (across, standing, trends) = (asking.across(), asking.standing(), asking.trends());
    // A day before the first report had nothing that could be compared.
    let first = trends.all.iter().find(|day| day.repositories > 0);
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
            page: &["drift", "split"],
        },
        Number {
            label: "Overrides that nobody answers for",
            value: undeclared,
            of: Some(standing.len()),
            means: "without a declaration, or with one that has ended or lacks something",
            before: before(|day| day.undeclared),
            page: &["overrides"],
        },
        Number {
            label: "Crates that drift",
            value: across.drift,
            of: Some(across.shared),
            means: "shared by teams, at more than one version",
            before: before(|day| day.drift),
            page: &["drift"],
        },
        Number {
            label: "Missed patch releases",
            value: asking.missed().missed.len(),
            of: None,
            means: "a compatible patch is out, and a lock still holds the version before it",
            before: None,
            page: &["drift", "missed-patches"],
        },
        Number {
            label: "Teams not seen",
            value: unseen,
            of: Some(coverage.teams.len()),
            means: "without a report, with an old one, or past the proxy",
            before: None,
            page: &["teams"],
        },
    ]
}
