use std::time::Duration;

use bytes::BytesMut;
use depaudit_model::{Clock, Timestamp};
use depaudit_store::Validators;
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::{PATIENCE, SignOnSettings};
use crate::oidc::settings::is_trustworthy;
use crate::upstream::client::HttpUpstream;
use crate::upstream::{DocumentKind, Upstream, UpstreamError, UpstreamRequest};

/// How long what an issuer says of itself is believed.
const BELIEVED: Duration = Duration::from_secs(3_600);
/// How long an issuer that failed is left alone: anybody can begin to sign on.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// Where an issuer is asked.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    /// By browsers.
    pub(super) authorization: Url,
    /// By this server.
    pub(super) token: Url,
}

/// What was last said, or why nothing was, and when.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Timestamp, Result<Endpoints, String>)>>);

impl Known {
    /// Asks once for all who wait.
    pub(super) async fn get(
        &self,
        clock: &dyn Clock,
        ask: impl Future<Output = Result<Endpoints, String>> + Send,
    ) -> Result<Endpoints, String> {
        let mut known = self.0.lock().await;
        if let Some((when, said)) = &*known {
            let patience = if said.is_ok() { BELIEVED } else { LEFT_ALONE };
            if clock.now().since(*when).is_some_and(|ago| ago < patience) {
                return said.clone();
            }
        }
        let asked = tokio::time::timeout(PATIENCE, ask).await;
        let said = asked.unwrap_or_else(|_| Err("it took too long".to_owned()));
        *known = Some((clock.now(), said.clone()));
        said
    }
}

impl Endpoints {
    pub(super) async fn ask(
        http: &HttpUpstream,
        settings: &SignOnSettings,
    ) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            authorization_endpoint: Url,
            token_endpoint: Url,
        }
        let url = settings.issuer.discovery();
        let request =
            UpstreamRequest { url, validators: Validators::default(), kind: DocumentKind::Json };
        let told = |error: UpstreamError| error.to_string();
        let mut answer = http.get(request).await.map_err(told)?;
        if answer.status != http::StatusCode::OK {
            return Err(format!("it answered {}", answer.status.as_u16()));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.body.next().await {
            body.extend_from_slice(&chunk.map_err(told)?);
        }
        let said: Discovery = serde_json::from_slice(&body)
            .map_err(|_| "its discovery document says too little".to_owned())?;
        if said.issuer != settings.issuer.as_str() {
            return Err("its discovery document is another issuer's".to_owned());
        }
        if !is_trustworthy(&said.authorization_endpoint) {
            return Err("it leads browsers to a place that is not https".to_owned());
        }
        let token = match &settings.token_endpoint {
            Some(place) => place.as_url().clone(),
            None if said.token_endpoint.origin() == settings.issuer.as_url().origin() => {
                said.token_endpoint
            }
            None => {
                let why =
                    "codes are redeemed at another origin; name that place with `token-endpoint`";
                return Err(why.to_owned());
            }
        };
        Ok(Self { authorization: said.authorization_endpoint, token })
    }
}
