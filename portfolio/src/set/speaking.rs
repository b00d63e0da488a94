use std::collections::BTreeMap;
use std::sync::Arc;

use depaudit_model::TeamId;

use super::branch;
use crate::report::{Report, Repository};

/// The reports that speak for their repositories, as more of them come.
#[derive(Debug, Default)]
pub(crate) struct Speaking(BTreeMap<(TeamId, Repository), Arc<Report>>);

impl Speaking {
    pub(crate) fn of<'a>(reports: impl IntoIterator<Item = &'a Arc<Report>>) -> Self {
        let mut speaking = Self::default();
        reports.into_iter().for_each(|report| speaking.hear(report));
        speaking
    }

    /// Another report: it takes the place of the one that spoke, or is silent.
    pub(crate) fn hear(&mut self, report: &Arc<Report>) {
        let key = (report.origin.team.clone(), report.origin.repository.clone());
        let known = self.0.entry(key).or_insert_with(|| Arc::clone(report));
        if branch::speaks_before(report, known) {
            *known = Arc::clone(report);
        }
    }

    /// In the order of teams and repositories.
    pub(crate) fn reports(&self) -> impl ExactSizeIterator<Item = &Arc<Report>> {
        self.0.values()
    }
}
