use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::BytesMut;
use depaudit_model::{Clock, Timestamp};
use depaudit_store::Validators;
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::key_set::{IssuerKey, KeySet};
use super::settings::IssuerSettings;
use crate::upstream::client::{HttpUpstream, UpstreamSetupError};
use crate::upstream::{
    DocumentKind, Upstream, UpstreamError, UpstreamLimits, UpstreamRequest, UpstreamSettings,
};

/// How long keys are believed: a key that its issuer withdrew is refused after this, at the latest.
const BELIEVED: Duration = Duration::from_secs(3_600);
/// How often somebody who names a key that is not there can have the issuer asked.
const ASKED_AGAIN: Duration = Duration::from_secs(60);
/// How long an issuer that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// Far above any discovery document or key set.
const LARGEST: u64 = 256 << 10;

/// One issuer: what is configured, and its keys.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) settings: IssuerSettings,
    http: HttpUpstream,
    clock: Arc<dyn Clock>,
    keys: RwLock<Option<Known>>,
    /// Held while the issuer is asked, so that it is asked once; when it failed last.
    asking: Arc<Mutex<Option<Timestamp>>>,
}

#[derive(Debug)]
struct Known {
    keys: KeySet,
    since: Timestamp,
}

/// The issuer gave no keys to go by. The reason was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IssuerAway;

/// Why the keys of an issuer were not had.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

impl Issuer {
    /// Opens no connection.
    pub(super) fn new(
        settings: IssuerSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, UpstreamSetupError> {
        let asked = settings.jwks.as_ref().unwrap_or(&settings.issuer);
        let mut http = UpstreamSettings::new(asked.as_url().clone());
        http.proxy.clone_from(&settings.proxy);
        // Keys come from where they are said to be, or not at all.
        http.limits =
            UpstreamLimits { redirects: 0, index_bytes: LARGEST, ..UpstreamLimits::DEFAULT };
        let (keys, asking) = (RwLock::default(), Arc::default());
        Ok(Arc::new(Self { http: HttpUpstream::new(&http)?, settings, clock, keys, asking }))
    }

    /// The key of this name; `None` when the issuer has none.
    pub(super) async fn key(self: &Arc<Self>, id: &str) -> Result<Option<IssuerKey>, IssuerAway> {
        if let Some(found) = self.known(id) {
            return Ok(Some(found));
        }
        let mut failed = Arc::clone(&self.asking).lock_owned().await;
        // Whoever waited here finds what the one before was told.
        if let Some(found) = self.known(id) {
            return Ok(Some(found));
        }
        if failed.is_some_and(|when| self.is_within(LEFT_ALONE, when)) {
            return Err(IssuerAway);
        }
        if self.since().is_some_and(|since| self.is_within(ASKED_AGAIN, since)) {
            return Ok(None);
        }
        // A task of its own: a client that leaves does not leave the question unanswered for others.
        let issuer = Arc::clone(self);
        let asking = tokio::spawn(async move {
            let asked = tokio::time::timeout(issuer.settings.patience, issuer.ask()).await;
            let told = asked.unwrap_or_else(|_| Err(Unusable("it took too long".to_owned())));
            *failed = match told {
                Ok(keys) => {
                    issuer.believe(keys);
                    None
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    let issuer_name = issuer.settings.issuer.as_str();
                    tracing::warn!(issuer = issuer_name, error, "an issuer's keys cannot be had");
                    Some(issuer.clock.now())
                }
            };
            failed.is_none()
        });
        if asking.await.unwrap_or(false) { Ok(self.known(id)) } else { Err(IssuerAway) }
    }

    /// A key that is believed at the moment.
    fn known(&self, id: &str) -> Option<IssuerKey> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| self.is_within(BELIEVED, known.since))?;
        known.keys.get(id).cloned()
    }

    fn since(&self) -> Option<Timestamp> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.since)
    }

    fn believe(&self, keys: KeySet) {
        let known = Known { keys, since: self.clock.now() };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    /// Whether `when` lies back less than `span`; not when a clock that was set back has it ahead.
    fn is_within(&self, span: Duration, when: Timestamp) -> bool {
        self.clock.now().since(when).is_some_and(|ago| ago < span)
    }

    async fn ask(&self) -> Result<KeySet, Unusable> {
        let place = match &self.settings.jwks {
            Some(place) => place.as_url().clone(),
            None => self.discover().await?,
        };
        let body = self.document(place).await?;
        KeySet::parse(&body).map_err(|error| Unusable(error.to_string()))
    }

    /// Where the issuer says that its keys are.
    async fn discover(&self) -> Result<Url, Unusable> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: Url,
        }
        let body = self.document(self.settings.issuer.discovery()).await?;
        let told: Discovery = serde_json::from_slice(&body)
            .map_err(|_| Unusable("its discovery document is none".to_owned()))?;
        if told.issuer != self.settings.issuer.as_str() {
            return Err(Unusable("its discovery document is another issuer's".to_owned()));
        }
        if told.jwks_uri.origin() != self.settings.issuer.as_url().origin() {
            let why = "its keys are at another origin; name that place with `jwks`";
            return Err(Unusable(why.to_owned()));
        }
        Ok(told.jwks_uri)
    }

    async fn document(&self, url: Url) -> Result<BytesMut, Unusable> {
        let unusable = |error: UpstreamError| Unusable(error.to_string());
        let request =
            UpstreamRequest { url, validators: Validators::default(), kind: DocumentKind::Json };
        let mut response = self.http.get(request).await.map_err(unusable)?;
        if response.status != http::StatusCode::OK {
            return Err(Unusable(format!("it answered {}", response.status.as_u16())));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.body.next().await {
            body.extend_from_slice(&chunk.map_err(unusable)?);
        }
        Ok(body)
    }
}
