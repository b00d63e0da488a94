use std::sync::Arc;

use depaudit_model::Timestamp;
use depaudit_model::cargo::Facts;
use depaudit_policy::{Day, Policy};
use depaudit_portfolio::question::{
    self, Across, Coverage, Drift, MissedPatches, Receipts, SplitIdentity, StandingOverride,
    TeamStanding, Trends,
};
use depaudit_portfolio::{History, Portfolio};

use super::{Held, OLD_AFTER_DAYS, PortfolioState};

/// What there is to ask: the reports at one moment. Answers that several pages give are kept.
#[derive(Debug)]
pub(crate) struct Asking {
    held: Arc<Held>,
    receipts: Option<Arc<Receipts>>,
    policy: Arc<Policy>,
    state: PortfolioState,
    now: Timestamp,
}

impl Asking {
    pub(crate) fn new(
        held: Arc<Held>,
        receipts: Option<Arc<Receipts>>,
        state: PortfolioState,
    ) -> Self {
        let (now, policy) = (state.clock.now(), state.door.policy());
        Self { held, receipts, policy, state, now }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Has every answer made that hangs on all reports.
    pub(crate) fn count(&self) {
        self.across();
        self.split();
        self.drift();
        self.missed();
        self.standing();
        self.trends();
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn facts(&self) -> &dyn Facts {
        &*self.state.facts
    }

    pub(crate) fn portfolio(&self) -> &Portfolio {
        &self.held.portfolio
    }

    pub(crate) fn history(&self) -> &History {
        &self.held.history
    }

    pub(crate) fn across(&self) -> &Across {
        self.held.answers.across(self.portfolio())
    }

    pub(crate) fn split(&self) -> &[SplitIdentity] {
        self.held.answers.split(self.portfolio())
    }

    pub(crate) fn drift(&self) -> Arc<Drift> {
        self.held.answers.drift(self.portfolio(), self.facts(), self.now)
    }

    pub(crate) fn missed(&self) -> Arc<MissedPatches> {
        let patience = self.policy.missed_patch().value;
        self.held.answers.missed(self.portfolio(), self.facts(), self.now, patience)
    }

    pub(crate) fn standing(&self) -> Arc<Vec<StandingOverride>> {
        self.held.answers.standing(self.history(), self.now)
    }

    pub(crate) fn trends(&self) -> Arc<Trends> {
        self.held.answers.trends(self.history(), self.now)
    }

    pub(crate) fn trends_of(&self, days: impl IntoIterator<Item = Day>) -> Trends {
        self.held.answers.trends_of(self.history(), days)
    }

    /// Those that report, the worst first.
    pub(crate) fn teams(&self) -> Vec<TeamStanding> {
        question::teams(self.portfolio(), &self.drift(), self.split(), &self.standing())
    }

    pub(crate) fn coverage(&self) -> Coverage {
        let (teams, receipts) = (&self.state.teams, self.receipts.as_deref());
        question::coverage(self.portfolio(), teams, receipts, self.now, OLD_AFTER_DAYS)
    }
}
