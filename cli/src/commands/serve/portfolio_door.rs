use std::sync::Arc;

use async_trait::async_trait;
use axum::response::{IntoResponse, Response};
use depaudit_model::{TeamId, TokenScope};
use depaudit_policy::Policy;
use depaudit_proxy::Proxy;
use depaudit_web::{Access, PortfolioDoor, PortfolioState, Served, Visitor};
use http::HeaderMap;
use url::Url;

use crate::backend::Backend;
use crate::config::serve::ServeConfig;
use crate::door::DoorFiles;
use crate::facts::{IndexViews, StoredIndex};
use crate::system::SystemClock;

/// Who may report: holders of the team's `report` token, where tokens are asked for. Who may see pages
/// may read what teams report.
#[derive(Debug)]
struct Door {
    proxy: Arc<Proxy>,
    access: Arc<Access>,
    files: DoorFiles,
}

#[async_trait]
impl PortfolioDoor for Door {
    async fn may_report(
        &self,
        headers: &HeaderMap,
        team: &TeamId,
    ) -> Result<Option<String>, Response> {
        let admitted = self.proxy.admit(headers, team, TokenScope::Report).await;
        admitted.map_err(IntoResponse::into_response)
    }

    async fn may_read(&self, headers: &HeaderMap) -> Result<Visitor, Response> {
        self.access.visitor(headers).await
    }

    fn policy(&self) -> Arc<Policy> {
        Arc::new(self.files.whole_policy())
    }
}

/// What the portfolio's endpoints work with.
pub fn state(
    config: &ServeConfig,
    backend: &Backend,
    proxy: &Arc<Proxy>,
    access: &Arc<Access>,
    public_url: &Url,
) -> PortfolioState {
    let runtime = tokio::runtime::Handle::current();
    let (proxy, access) = (Arc::clone(proxy), Arc::clone(access));
    PortfolioState {
        meta: Arc::clone(&backend.meta),
        log: Arc::clone(&backend.audit),
        clock: Arc::new(SystemClock),
        facts: Arc::new(StoredIndex::new(Arc::clone(&backend.meta), runtime)),
        index: Arc::new(IndexViews(Arc::clone(&backend.meta))),
        door: Arc::new(Door { proxy, access, files: config.door.clone() }),
        origin: public_url.origin().ascii_serialization(),
        served: Served::new(config.registries.iter().map(|(name, it)| (name, &it.index))),
        teams: config.teams.iter().flatten().filter(|team| !team.is_of_scans()).cloned().collect(),
        keep_days: config.report_days,
    }
}
