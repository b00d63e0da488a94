use depaudit_portfolio::question::{Standing, TrendPoint};

use super::super::frame::Frame;
use super::super::room::Asking;

/// A number that matters.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) label: &'static str,
    pub(super) value: usize,
    /// Of how many things nobody knows whether they count.
    pub(super) not_known: usize,
    /// Of how many.
    pub(super) of: Option<usize>,
    /// What is wrong with it, in a sentence, so that the number needs no legend.
    pub(super) means: String,
    /// How the reports alone counted it when the trend begins, and how they do now: a trend has no
    /// downloads that stand in.
    pub(super) trend: Option<(usize, usize)>,
    /// The parts of the path of the page that has them all.
    pub(super) page: &'static [&'static str],
}

impl Number {
    pub(super) fn path(&self, frame: &Frame<'_>) -> String {
        frame.site.path(self.page.iter().copied())
    }

    /// More of any of these is worse.
    pub(super) fn change(&self) -> Option<String> {
        let (before, now) = self.trend?;
        Some(match now.cmp(&before) {
            std::cmp::Ordering::Less => format!("▼ {} fewer", before - now),
            std::cmp::Ordering::Equal => "as before".to_owned(),
            std::cmp::Ordering::Greater => format!("▲ {} more", now - before),
        })
    }

    /// As it is shown: a number only where anything is known.
    pub(super) fn shown(&self) -> String {
        match (self.value, self.of) {
            (0, Some(0)) if self.not_known > 0 => "not known".to_owned(),
            (value, _) => value.to_string(),
        }
    }

    /// The stylesheet's name for how it is: what is not known is not well.
    pub(super) const fn class(&self) -> &'static str {
        match (self.value, self.not_known) {
            (0, 0) => "allowed",
            (0, _) => "soft",
            _ => "hard",
        }
    }

    /// Of how many, where that tells anything.
    pub(super) fn of_all(&self) -> Option<usize> {
        self.of.filter(|of| *of > 0 || self.not_known == 0)
    }

    /// What is left open.
    pub(super) fn left_open(&self) -> Option<String> {
        (self.not_known > 0).then(|| format!("not known of {}", self.not_known))
    }
}

/// The numbers, what is worst first.
pub(super) fn of(asking: &Asking) -> Vec<Number> {
    let (across, standing, trends) = (asking.across(), asking.standing(), asking.trends());
    // A day before the first report had nothing that could be compared.
    let first = trends.all.iter().find(|day| day.repositories > 0);
    let days = first.zip(trends.all.last());
    let trend =
        |count: fn(&TrendPoint) -> usize| days.map(|(first, last)| (count(first), count(last)));
    let undeclared = standing.iter().filter(|it| it.standing < Standing::Declared).count();
    let (coverage, missed) = (asking.coverage(), asking.missed());
    let unseen = coverage.teams.iter().filter(|it| !it.covered.is_seen()).count();
    let patience = asking.policy().missed_patch().value;
    vec![
        Number {
            label: "Split identities",
            value: asking.split().iter().filter(|it| !it.is_name_alone()).count(),
            not_known: 0,
            of: None,
            means: "the same name and version, and not the same bytes for every team".to_owned(),
            trend: trend(|day| day.split_identities),
            page: &["drift", "split"],
        },
        Number {
            label: "Overrides that nobody answers for",
            value: undeclared,
            not_known: 0,
            of: Some(standing.iter().filter(|it| it.counts()).count()),
            means: "without a declaration, or with one that has ended or lacks something".to_owned(),
            trend: trend(|day| day.undeclared),
            page: &["overrides"],
        },
        Number {
            label: "Crates that drift",
            value: across.drift,
            not_known: 0,
            of: Some(across.shared),
            means: "shared by teams, at more than one version".to_owned(),
            trend: trend(|day| day.drift),
            page: &["drift"],
        },
        Number {
            label: "Missed patch releases",
            value: missed.missed.len(),
            not_known: missed.not_known,
            of: Some(missed.known),
            means: format!(
                "a compatible patch has been out for more than {patience} days, and a lock still holds a \
                 version before it"
            ),
            trend: None,
            page: &["drift", "missed-patches"],
        },
        Number {
            label: "Teams not seen",
            value: unseen,
            not_known: 0,
            of: Some(coverage.teams.len()),
            means: "without a report, with an old one, past the proxy, or on a registry not served here".to_owned(),
            trend: None,
            page: &["coverage"],
        },
    ]
}
