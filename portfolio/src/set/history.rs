use std::collections::HashMap;
use std::sync::Arc;

use depaudit_model::Timestamp;
use depaudit_model::cargo::OverrideKind;

use super::{Portfolio, Speaking};
use crate::report::{Label, OverrideRecord, PackageName, Place, Report, Repository};

/// Every report that is kept, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    reports: Vec<Arc<Report>>,
}

impl History {
    /// Takes reports in any order.
    #[must_use]
    pub fn new(reports: impl IntoIterator<Item = impl Into<Arc<Report>>>) -> Self {
        let mut reports: Vec<Arc<Report>> = reports.into_iter().map(Into::into).collect();
        reports.sort_by(|a, b| (a.time, &a.origin).cmp(&(b.time, &b.origin)));
        Self { reports }
    }

    /// The reports, the oldest first.
    #[must_use]
    pub fn reports(&self) -> &[Arc<Report>] {
        &self.reports
    }

    /// The portfolio as it is with all of them.
    #[must_use]
    pub fn now(&self) -> Portfolio {
        Portfolio::index(&self.speaking(), None)
    }

    /// The same. What an earlier portfolio has indexed of it is not indexed again.
    #[must_use]
    pub fn now_after(&self, earlier: &Portfolio) -> Portfolio {
        Portfolio::index(&self.speaking(), Some(earlier))
    }

    /// The reports that speak for their repositories with all of them.
    pub(crate) fn speaking(&self) -> Speaking {
        Speaking::of(&self.reports)
    }

    /// How many reports there were at a moment.
    pub(crate) fn count_at(&self, moment: Timestamp) -> usize {
        self.reports.partition_point(|report| report.time <= moment)
    }

    /// When each override was reported first, on whatever branch.
    pub(crate) fn first_seen(&self) -> FirstSeen<'_> {
        let mut seen = HashMap::new();
        for report in &self.reports {
            for record in &report.overrides {
                seen.entry(Key::of(report, record)).or_insert(report.time);
            }
        }
        FirstSeen(seen)
    }
}

/// See [`History::first_seen`].
#[derive(Debug)]
pub(crate) struct FirstSeen<'a>(HashMap<Key<'a>, Timestamp>);

impl FirstSeen<'_> {
    pub(crate) fn of(&self, report: &Report, record: &OverrideRecord) -> Option<Timestamp> {
        self.0.get(&Key::of(report, record)).copied()
    }
}

/// What makes an override the same one in a later report: neither its line nor its state.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    team: &'a str,
    repository: &'a Repository,
    kind: OverrideKind,
    package: Option<&'a PackageName>,
    target: &'a Label,
    path: &'a Place,
}

impl<'a> Key<'a> {
    fn of(report: &'a Report, record: &'a OverrideRecord) -> Self {
        Self {
            team: report.origin.team.as_str(),
            repository: &report.origin.repository,
            kind: record.kind,
            package: record.package.as_ref(),
            target: &record.target,
            path: &record.path,
        }
    }
}
