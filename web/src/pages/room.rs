use std::sync::Arc;

use depaudit_portfolio::question::Receipts;

use super::audit::Following;
use super::connect::Connecting;
use super::frame::{Entry, Frame, Site};
use super::policy::{PolicyDesk, Watched};
use super::problem::Problem;
use super::rulings::Rulings;
use super::visitor::Visitor;
use crate::access::Access;
pub(super) use crate::portfolio::Asking;
use crate::portfolio::{Held, PortfolioService, PortfolioState};

/// What pages are made from.
#[derive(Debug)]
pub struct Room {
    site: Site,
    connecting: Connecting,
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
        connecting: Connecting,
        portfolio: Arc<PortfolioService>,
        access: Arc<Access>,
        desk: Arc<dyn PolicyDesk>,
        rulings: Arc<dyn Rulings>,
        following: Following,
    ) -> Self {
        let watched = Watched::default();
        Self { site, connecting, portfolio, access, desk, rulings, following, watched }
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

    pub(super) const fn connecting(&self) -> &Connecting {
        &self.connecting
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
        let (rulings, runtime) = (Arc::clone(&self.rulings), tokio::runtime::Handle::current());
        let asking =
            move || question(&Asking::new(held, receipts, state).at_the_doors(rulings, runtime));
        tokio::task::spawn_blocking(asking).await.map_err(|_| Problem::Internal)
    }
}
