use std::sync::Arc;

use async_trait::async_trait;
use axum::response::{IntoResponse, Response};
use depaudit_policy::door::Why;
use depaudit_proxy::Proxy;
use depaudit_proxy::why::Pages;
use depaudit_web::{FormSecret, PagesDoor, Role, Site, Visitor, why_page};
use http::HeaderMap;

/// The pages of the registry's paths, as `web` makes them.
#[derive(Debug)]
pub(super) struct WebPages(pub(super) Site);

impl Pages for WebPages {
    fn why(&self, why: &Why) -> Response {
        why_page(&self.0, why)
    }
}

/// Who may look at pages: everybody where nothing needs a token, and else whoever shows one of scope
/// `admin`.
#[derive(Debug)]
pub(super) struct Visitors {
    pub(super) proxy: Arc<Proxy>,
    /// What forms hold of visitors whom nothing tells apart.
    pub(super) form_secret: FormSecret,
}

#[async_trait]
impl PagesDoor for Visitors {
    async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Response> {
        let admitted = self.proxy.admit_operator(headers).await;
        let visitor = |()| Visitor::new(Role::Admin, self.form_secret.clone());
        admitted.map(visitor).map_err(IntoResponse::into_response)
    }
}
