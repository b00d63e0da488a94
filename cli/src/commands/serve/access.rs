use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use depaudit_model::TeamId;
use depaudit_policy::door::Why;
use depaudit_proxy::Proxy;
use depaudit_proxy::oidc::SignOn;
use depaudit_proxy::server::PeerAddress;
use depaudit_proxy::why::Pages;
use depaudit_store::Token;
use depaudit_web::{
    Access, AccessParts, ClientAddress, SignOnDoor, Site, TokenDoor, for_own_names, misdirected,
    nothing_page, why_door, why_page,
};
use http::HeaderMap;
use http::request::Parts;
use url::Url;

use super::sign_on::Issuer;
use crate::backend::Backend;
use crate::config::login;
use crate::config::serve::ServeConfig;
use crate::system::{SystemClock, SystemRandomness};

/// Proves tokens as the registry's paths do.
#[derive(Debug)]
struct Tokens(Arc<Proxy>);

#[async_trait]
impl TokenDoor for Tokens {
    async fn token(&self, headers: &HeaderMap) -> Result<Token, Response> {
        self.0.token(headers).await.map_err(IntoResponse::into_response)
    }
}

/// The pages of the registry's paths, as `web` makes them.
#[derive(Debug)]
pub(super) struct WebPages {
    pub(super) site: Site,
    pub(super) access: Arc<Access>,
    /// The name that it is configured with, where it is there under its own names alone.
    pub(super) own: Option<String>,
}

#[async_trait]
impl Pages for WebPages {
    fn why(&self, why: &Why) -> Response {
        why_page(&self.site, why)
    }

    fn refusal(&self, request: &Parts) -> Option<Response> {
        misdirected(&request.uri, &request.headers, self.own.as_deref()?)
    }

    fn nothing(&self) -> Response {
        nothing_page(&self.site)
    }

    async fn may_ask_why(&self, request: &Parts, team: &TeamId) -> Result<bool, Response> {
        why_door(&self.site, &self.access, request, team).await
    }
}

/// Who may look at pages.
pub fn access(
    config: &ServeConfig,
    backend: &Backend,
    proxy: &Arc<Proxy>,
    (address, public_url): (SocketAddr, &Url),
) -> anyhow::Result<Arc<Access>> {
    let settings = config.login.settings(address.ip(), public_url, proxy.asks_for_tokens());
    if config.sign_on.is_some() && !settings.is_required {
        tracing::warn!("[sign-on] is configured, and nobody has to log in: see `--login`");
    }
    let sign_on = config.sign_on.as_ref().map(|it| it.settings(public_url));
    let sign_on = sign_on.map(|it| SignOn::new(it, Arc::new(SystemClock))).transpose()?;
    let parts = AccessParts {
        meta: Arc::clone(&backend.meta),
        log: Arc::clone(&backend.audit),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        tokens: Arc::new(Tokens(Arc::clone(proxy))),
        sign_on: sign_on.map(|it| Arc::new(Issuer(it)) as Arc<dyn SignOnDoor>),
    };
    Ok(Arc::new(Access::new(public_url, settings, parts)))
}

/// Pages and API, with what they need to know of whoever asks. Where they are for this machine alone and
/// need no login, they are there under its own names alone.
pub(super) fn behind_doors(
    pages: Router,
    access: &Access,
    (address, public_url): (SocketAddr, &Url),
) -> Router {
    let pages = pages.layer(map_request(with_address));
    match own_name(access, (address, public_url)) {
        Some(_) => for_own_names(pages, public_url),
        None => pages,
    }
}

/// The name that the server is configured with, where it is for this machine alone and nobody has to log
/// in.
pub(super) fn own_name(
    access: &Access,
    (address, public_url): (SocketAddr, &Url),
) -> Option<String> {
    let anybody = access.is_required() || !login::is_near(address.ip(), public_url);
    (!anybody).then(|| public_url.host_str().unwrap_or_default().to_owned())
}

async fn with_address(mut request: Request) -> Request {
    if let Some(PeerAddress(address)) = request.extensions().get().copied() {
        request.extensions_mut().insert(ClientAddress(address));
    }
    request
}
