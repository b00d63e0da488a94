//! Reports that teams send, and the JSON API of the questions that they answer together.

mod answer;
mod answers;
mod asking;
mod body;
mod counting;
mod holdings;
mod receive;
mod received;
mod refused;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use depaudit_model::cargo::Facts;
use depaudit_model::{Clock, TeamId};
use depaudit_policy::Policy;
use depaudit_store::{AuditLog, MetaStore};
use depaudit_trace::UpstreamIndex;
use http::HeaderMap;

use crate::pages::Visitor;

pub(crate) use answer::OLD_AFTER_DAYS;
pub(crate) use answers::Answers;
pub(crate) use asking::Asking;
pub use body::unpack as unpack_report;
pub(crate) use holdings::Held;
use holdings::Holdings;
use received::Record;
pub(crate) use received::Seen;
pub use received::{Served, downloads, receipts};
pub(crate) use refused::Refused;

/// Who may report, and who may see what concerns every team; wired by the binary.
#[async_trait]
pub trait PortfolioDoor: Send + Sync + fmt::Debug {
    /// Whether a request with these headers may report for a team: the principal, where tokens are
    /// asked for.
    ///
    /// # Errors
    /// The answer for whoever may not.
    async fn may_report(
        &self,
        headers: &HeaderMap,
        team: &TeamId,
    ) -> Result<Option<String>, Response>;

    /// Who it is that may see what all teams report.
    ///
    /// # Errors
    /// The answer for whoever may not.
    async fn may_read(&self, headers: &HeaderMap) -> Result<Visitor, Response>;

    /// The policy for what concerns several teams.
    fn policy(&self) -> Arc<Policy>;
}

/// What the endpoints need.
#[derive(Debug, Clone)]
pub struct PortfolioState {
    /// Where reports are kept.
    pub meta: Arc<dyn MetaStore>,
    /// Where it stands that they came.
    pub log: Arc<dyn AuditLog>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What has been published. Asked on a thread that may block.
    pub facts: Arc<dyn Facts + Send>,
    /// What the upstreams said last.
    pub index: Arc<dyn UpstreamIndex>,
    /// Who may do what.
    pub door: Arc<dyn PortfolioDoor>,
    /// The server's own origin (`https://depaudit.example`): pages of others may not send anything.
    pub origin: String,
    /// The registries that go through the proxy.
    pub served: Served,
    /// The teams that are configured; empty where every name is served.
    pub teams: Vec<TeamId>,
    /// For how many days a report is kept that is not the newest of its branch.
    pub keep_days: u16,
}

/// The reports that came, and the questions that they answer; the pages and the JSON API share it.
#[derive(Debug)]
pub struct PortfolioService {
    pub(crate) state: PortfolioState,
    holdings: Holdings,
    record: Record,
    receiving: receive::Receiving,
    counting: counting::Counting,
}

impl PortfolioService {
    /// Nothing is read before somebody asks, or reports.
    #[must_use]
    pub fn new(state: PortfolioState) -> Arc<Self> {
        let holdings = Holdings::new(Arc::clone(&state.meta));
        let record = Record::new(Arc::clone(&state.log), state.served.clone());
        let (receiving, counting) = (receive::Receiving::default(), counting::Counting::default());
        Arc::new(Self { state, holdings, record, receiving, counting })
    }

    /// The reports, indexed.
    pub(crate) async fn held(&self) -> Result<Arc<Held>, Refused> {
        self.holdings.get().await
    }

    /// The reports, with what the record adds: for who may see what every team received.
    pub(crate) async fn seen(&self) -> Result<Seen, Refused> {
        let held = self.holdings.get().await?;
        self.record.see(held, self.state.clock.now()).await
    }
}

/// `/api/v1/t/{team}/reports` and `/api/v1/portfolio/...`.
pub fn portfolio_router(service: Arc<PortfolioService>) -> Router {
    Router::new()
        .route("/api/v1/t/{team}/reports", post(receive::receive))
        .route("/api/v1/portfolio/{question}", get(answer::answer))
        .with_state(service)
}
