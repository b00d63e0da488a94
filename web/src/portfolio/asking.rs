use std::collections::BTreeSet;
use std::sync::Arc;

use depaudit_model::cargo::Facts;
use depaudit_model::{TeamId, Timestamp};
use depaudit_policy::{Day, Policy};
use depaudit_portfolio::question::{
    self, Across, Coverage, Drift, MissedPatches, Receipts, SplitIdentity, StandingOverride,
    TeamStanding, Trends,
};
use depaudit_portfolio::report::PackageName;
use depaudit_portfolio::{History, Portfolio};
use tokio::runtime::Handle;

use super::{Held, OLD_AFTER_DAYS, PortfolioState};
use crate::{AdvisoryBook, Ruling, Rulings, Unreadable};

/// For so many teams the policy is asked about one crate.
const TEAMS: usize = 64;

/// What there is to ask: the reports at one moment. Answers that several pages give are kept.
#[derive(Debug)]
pub(crate) struct Asking {
    held: Arc<Held>,
    receipts: Option<Arc<Receipts>>,
    policy: Arc<Policy>,
    /// What the doors say, and where they are asked; absent for whoever needs no advice.
    doors: Option<(Arc<dyn Rulings>, Handle)>,
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
        Self { held, receipts, policy, doors: None, state, now }
    }

    /// The same for pages, whose advice goes by what the doors say.
    pub(crate) fn at_the_doors(self, rulings: Arc<dyn Rulings>, runtime: Handle) -> Self {
        Self { doors: Some((rulings, runtime)), ..self }
    }

    /// What the policy at the doors makes of a crate for these teams. It blocks.
    ///
    /// # Errors
    /// When the stores cannot be read; it was logged.
    pub(crate) fn rulings(
        &self,
        name: &PackageName,
        teams: &BTreeSet<TeamId>,
    ) -> Result<Vec<Ruling>, Unreadable> {
        // A package that no registry could have is not judged.
        let (Some((rulings, runtime)), Ok(name)) = (&self.doors, name.as_str().parse()) else {
            return Ok(Vec::new());
        };
        let teams: Vec<_> = teams.iter().take(TEAMS).cloned().collect();
        runtime.block_on(rulings.about(&name, &teams))
    }

    /// The advisories that are in force.
    pub(crate) fn advisories(&self) -> AdvisoryBook {
        let doors = self.doors.as_ref();
        doors.map_or(AdvisoryBook::None, |(rulings, _)| rulings.advisories())
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
