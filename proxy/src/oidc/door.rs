use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::exchange::{Asker, Granted};
use crate::auth::authorization;
use crate::error::ProxyError;
use crate::handler::{SERVED_BY, user_agent};
use crate::metrics::{RequestLabels, Word};
use crate::proxy::Proxy;
use crate::server::PeerAddress;

/// Where identity tokens are exchanged.
pub(crate) const PATH: &str = "/api/v1/oidc/token";

/// The longest body that is read, in bytes: an identity token in JSON, and what a client adds.
const LONGEST_BODY: usize = 16 << 10;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// An answer as OAuth 2.0 Token Exchange has it (RFC 8693, section 2.2.1), with the team.
#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
    team: &'a str,
}

/// Answers a POST to [`PATH`]. The identity token stands behind `Bearer` in `Authorization`, or in a
/// form or a JSON object as `subject_token` (RFC 8693); what else stands there is not looked at.
pub(crate) async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let id = proxy.recorder.request_id();
    let (parts, body) = request.into_parts();
    let asker = Asker {
        id: id.clone(),
        address: parts.extensions.get::<PeerAddress>().map(|peer| peer.0),
        user_agent: user_agent(&parts.headers),
    };
    let mut response = match exchange(&proxy, asker, &parts.headers, body).await {
        Ok(granted) => granted_response(&granted),
        Err(error) => error.into_response(),
    };
    if let Ok(value) = HeaderValue::try_from(format!("depaudit {id}")) {
        response.headers_mut().insert(SERVED_BY, value);
    }
    let status = response.status().as_u16();
    let labels = RequestLabels { kind: Word("exchange"), cache: Word("none"), status };
    proxy.metrics.requests.get_or_create(&labels).inc();
    response
}

async fn exchange(
    proxy: &Proxy,
    asker: Asker,
    headers: &HeaderMap,
    body: Body,
) -> Result<Granted, ProxyError> {
    let Some(exchange) = &proxy.exchange else {
        return Err(ProxyError::NotFound("this server exchanges no identity tokens".to_owned()));
    };
    let jwt = match authorization(headers) {
        Ok(Some(text)) => Some(text.to_owned()),
        Ok(None) => from_body(headers, body).await?,
        Err(_) => None,
    };
    exchange.exchange(asker, jwt.as_deref()).await
}

async fn from_body(headers: &HeaderMap, body: Body) -> Result<Option<String>, ProxyError> {
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, LONGEST_BODY)).await {
        Ok(Ok(bytes)) => Ok(subject_token(headers, &bytes)),
        // Or it broke off: then nobody reads this.
        Ok(Err(_)) => Err(ProxyError::TooLarge(LONGEST_BODY)),
        Err(_) => Ok(None),
    }
}

fn subject_token(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct Written {
        subject_token: String,
    }
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        let Written { subject_token } = serde_json::from_slice(body).ok()?;
        return Some(subject_token);
    }
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    let mut named = url::form_urlencoded::parse(body).filter(|(name, _)| name == "subject_token");
    let (_, token) = named.next()?;
    // Two are none: somebody in between might have looked at the other one.
    named.next().is_none().then(|| token.into_owned())
}

fn granted_response(granted: &Granted) -> Response {
    let answer = Answer {
        access_token: granted.token.expose(),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: granted.lifetime.as_secs(),
        scope: granted.scope.as_str(),
        team: granted.team.as_str(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    // Texts and a number: there is nothing that JSON could not say.
    (headers, serde_json::to_vec(&answer).unwrap_or_default()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &'static str, body: &'static str) -> Option<String> {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        subject_token(&headers, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_token_stands_in_a_form_or_in_json_once() {
        let form = "application/x-www-form-urlencoded";
        let found = Some("a.b.c".to_owned());
        assert_eq!(read(form, "grant_type=x&subject_token=a.b.c"), found);
        assert_eq!(read("Application/JSON; charset=utf-8", r#"{"subject_token":"a.b.c"}"#), found);
        for (kind, body) in [
            (form, "subject_token=a&subject_token=b"),
            (form, "token=a"),
            ("application/json", "{\"subject_token\":7}"),
            ("application/json", "subject_token=a.b.c"),
            ("text/plain", "a.b.c"),
        ] {
            assert_eq!(read(kind, body), None, "{kind} {body}");
        }
    }
}
