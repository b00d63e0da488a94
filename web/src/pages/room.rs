use std::sync::Arc;

use depaudit_model::Timestamp;
use depaudit_model::cargo::Facts;
use depaudit_policy::Policy;
use depaudit_portfolio::question::{
    self, Across, Coverage, Drift, MissedPatches, Receipts, SplitIdentity, StandingOverride,
    TeamStanding, Trends,
};
use depaudit_portfolio::{History, Portfolio};

use super::audit::Following;
use super::frame::{Entry, Frame, Site};
use super::policy::{PolicyDesk, Watched};
use super::problem::Problem;
use super::rulings::Rulings;
use super::visitor::Visitor;
use crate::access::Access;
use crate::portfolio::{Held, OLD_AFTER_DAYS, PortfolioService, PortfolioState};

/// What pages are made from.
#[derive(Debug)]
pub struct Room {
    site: Site,
    /// The configuration to paste, as the server printed it at its start.
    snippet: String,
    portfolio: Arc<PortfolioService>,
    access: Arc<Access>,
    desk: Arc<dyn PolicyDesk>,
    rulings: Arc<dyn Rulings>,
    following: Following,
    watched: Watched,
}

impl Room {
    /// Everything is wired by the binary.
    #[must_use]
    pub fn new(
        site: Site,
        snippet: String,
        portfolio: Arc<PortfolioService>,
        access: Arc<Access>,
        desk: Arc<dyn PolicyDesk>,
        rulings: Arc<dyn Rulings>,
        following: Following,
    ) -> Self {
        let watched = Watched::default();
        Self { site, snippet, portfolio, access, desk, rulings, following, watched }
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// The policy at the doors.
    pub(super) fn desk(&self) -> &dyn PolicyDesk {
        &*self.desk
    }

    pub(super) fn rulings(&self) -> &dyn Rulings {
        &*self.rulings
    }

    pub(super) const fn following(&self) -> &Following {
        &self.following
    }

    pub(super) const fn watched(&self) -> &Watched {
        &self.watched
    }

    pub(super) const fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn snippet(&self) -> &str {
        &self.snippet
    }

    pub(super) const fn frame<'r>(&'r self, current: Entry, visitor: &'r Visitor) -> Frame<'r> {
        Frame { site: &self.site, current: Some(current), visitor: Some(visitor) }
    }

    /// The stores and the clock.
    pub(super) fn state(&self) -> &PortfolioState {
        &self.portfolio.state
    }

    /// Asks the reports, on a thread that may block: facts may, and a large portfolio takes time.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Asking) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let held = self.portfolio.held().await?;
        self.answer(held, None, question).await
    }

    /// The same for a visitor: with what the record says of every team for whoever may see that, and for
    /// others of their own team. Where a team has never reported, its downloads stand in for an admin.
    pub(super) async fn ask_for<T: Send + 'static>(
        &self,
        visitor: &Visitor,
        question: impl FnOnce(&Asking) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (held, receipts) = self.portfolio.seen().await?.by(visitor);
        self.answer(held, Some(receipts), question).await
    }

    async fn answer<T: Send + 'static>(
        &self,
        held: Arc<Held>,
        receipts: Option<Arc<Receipts>>,
        question: impl FnOnce(&Asking) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let state = self.state().clone();
        let asking = move || {
            let now = state.clock.now();
            question(&Asking { held, receipts, policy: state.door.policy(), state, now })
        };
        tokio::task::spawn_blocking(asking).await.map_err(|_| Problem::Internal)
    }
}

/// What there is to ask: the reports at one moment. Answers that several pages give are kept.
#[derive(Debug)]
pub(super) struct Asking {
    held: Arc<Held>,
    receipts: Option<Arc<Receipts>>,
    policy: Arc<Policy>,
    state: PortfolioState,
    now: Timestamp,
}

impl Asking {
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn facts(&self) -> &dyn Facts {
        &*self.state.facts
    }

    pub(super) fn portfolio(&self) -> &Portfolio {
        &self.held.portfolio
    }

    pub(super) fn history(&self) -> &History {
        &self.held.history
    }

    pub(super) fn across(&self) -> &Across {
        self.held.answers.across(self.portfolio())
    }

    pub(super) fn split(&self) -> &[SplitIdentity] {
        self.held.answers.split(self.portfolio())
    }

    pub(super) fn drift(&self) -> Arc<Drift> {
        self.held.answers.drift(self.portfolio(), self.facts(), self.now)
    }

    pub(super) fn missed(&self) -> Arc<MissedPatches> {
        let patience = self.policy.missed_patch().value;
        self.held.answers.missed(self.portfolio(), self.facts(), self.now, patience)
    }

    pub(super) fn standing(&self) -> Arc<Vec<StandingOverride>> {
        self.held.answers.standing(self.history(), self.now)
    }

    pub(super) fn trends(&self) -> Arc<Trends> {
        self.held.answers.trends(self.history(), self.now)
    }

    /// Those that report, the worst first.
    pub(super) fn teams(&self) -> Vec<TeamStanding> {
        question::teams(self.portfolio(), &self.drift(), self.split(), &self.standing())
    }

    pub(super) fn coverage(&self) -> Coverage {
        let (teams, receipts) = (&self.state.teams, self.receipts.as_deref());
        question::coverage(self.portfolio(), teams, receipts, self.now, OLD_AFTER_DAYS)
    }
}
