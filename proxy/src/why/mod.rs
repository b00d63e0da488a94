//! Why a crate passes or not: asked over HTTP, and answered in the form that whoever asks can read.

mod accept;
mod stored;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Json;
use axum::response::{IntoResponse, Response};
use depaudit_model::TeamId;
use depaudit_model::cargo::CrateName;
use depaudit_model::event::CacheOutcome;
use depaudit_policy::Day;
use depaudit_policy::door::Why;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use semver::Version;

use crate::Proxy;
use crate::door::{Asker, InForce, StoredFacts};
use crate::error::ProxyError;
use crate::record::RequestContext;
use crate::registry::RegistryEntry;
pub(crate) use accept::prefers_html;

/// Makes pages of answers, for people; wired by the binary.
#[async_trait]
pub trait Pages: Send + Sync + fmt::Debug {
    /// The page that says why.
    fn why(&self, why: &Why) -> Response;

    /// The page of an address at which nothing is.
    fn nothing(&self) -> Response;

    /// The refusal for somebody who asks this server by a name that may be anybody's: a page of any site
    /// could read the answer as its own.
    fn refusal(&self, request: &Parts) -> Option<Response>;

    /// Whether somebody who shows no token may see this of a team all the same, being logged in.
    ///
    /// # Errors
    /// The answer for a person who has to log in first, or may not see it.
    async fn may_ask_why(&self, request: &Parts, team: &TeamId) -> Result<bool, Response>;
}

/// The answer: JSON, unless the client would rather have HTML and somebody makes pages.
pub(crate) fn respond(why: &Why, headers: &HeaderMap, pages: Option<&dyn Pages>) -> Response {
    let mut response = match pages.filter(|_| prefers_html(headers)) {
        Some(pages) => pages.why(why),
        None => Json(why).into_response(),
    };
    let out = response.headers_mut();
    // It changes with the policy and the index, so nobody keeps it.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::VARY, HeaderValue::from_static("accept"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl Proxy {
    /// Why a crate, or one version of it, passes or not for a team. The index entry is renewed as for
    /// any question, unless the name alone is refused; no crate is fetched and nothing is put on
    /// record, since nothing is served.
    ///
    /// # Errors
    /// When neither the upstream nor the stores can answer, or there is no such crate or version.
    pub(crate) async fn why(
        &self,
        rules: &InForce,
        registry: &Arc<RegistryEntry>,
        context: &RequestContext,
        name: &CrateName,
        version: Option<&Version>,
    ) -> Result<Why, ProxyError> {
        let now = self.recorder.now();
        let home = self.index.home_of(rules.door().internal_registries(), &registry.name, name);
        let asker = Asker::new(context, home.await?);
        let about = rules.about(&asker.team, &asker.registry, name).at_home_in(asker.home.as_ref());
        let kept = about.keeps_the_name(Day::of(now)).is_some();
        let mut stale = false;
        if !kept {
            let Some(served) = self.index.view(registry, &name.to_index_key()).await? else {
                let text = format!("the registry `{}` has no crate `{name}`", registry.name);
                return Err(ProxyError::NotFound(text));
            };
            stale = served.cache == CacheOutcome::Stale;
        }
        let facts = StoredFacts {
            blobs: Arc::clone(&self.parts.blobs),
            meta: Arc::clone(&self.parts.meta),
            log: Arc::clone(&self.parts.log),
        };
        let why = facts.why(rules, &asker, name, version, now).await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "it cannot be told why");
            ProxyError::Store("this cannot be told at the moment")
        })?;
        let nowhere = why.release.as_ref().filter(|it| !kept && it.sha256.is_none());
        match nowhere.map(|it| &it.version) {
            None => Ok(why),
            Some(version) if stale => Err(ProxyError::Unavailable(format!(
                "{name} {version} is not in the stored index, and the registry `{}` does not answer",
                registry.name
            ))),
            Some(version) => Err(ProxyError::NotFound(format!(
                "the registry `{}` has no {name} {version}",
                registry.name
            ))),
        }
    }
}
