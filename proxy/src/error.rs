//! The one place that turns a failure into an answer.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::route::RouteError;

/// The longest body of a refusal, in characters: Cargo shows no more than 512.
const LONGEST_BODY: usize = 500;

/// How long a client is asked to wait before it tries again, in seconds. Cargo waits at most 10.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why a request got no document.
///
/// The texts reach strangers: they name crates, registries and rules, never a path, SQL, an upstream's
/// URL with credentials, or what a backend said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProxyError {
    /// The path is malformed or names nothing.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// Well formed, and not there: an unknown team or registry, a crate the upstream does not have.
    #[error("{0}")]
    NotFound(String),
    /// The policy blocks it. The text says why, and is shown as it is.
    #[error("{0}")]
    Denied(String),
    /// No token, or none that is valid; with the challenge to send. One text for every reason.
    #[error("a valid token of this team is needed; whoever runs this server makes one")]
    Unauthorized(HeaderValue),
    /// No identity token, or none that is exchanged. One text for every reason.
    #[error("this identity token is not accepted here; the log of this server says why")]
    Identity,
    /// The token is valid, and not for this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The body of a question says nothing, or too much.
    #[error("{0}")]
    Question(&'static str),
    /// Only GET and HEAD are understood.
    #[error("only GET and HEAD are understood here")]
    Method,
    /// The body is longer than this many bytes.
    #[error("a body has at most {0} bytes here")]
    TooLarge(usize),
    /// The upstream answered with something that must not be passed on.
    #[error("{0}")]
    BadUpstream(String),
    /// Nothing is stored and the upstream does not answer.
    #[error("{0}")]
    Unavailable(String),
    /// The record, or the store, cannot be written or read.
    #[error("{0}; try again shortly")]
    Store(&'static str),
}

impl ProxyError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Route(RouteError::Malformed) | Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::Route(RouteError::Nothing) | Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Unauthorized(_) | Self::Identity => StatusCode::UNAUTHORIZED,
            Self::Denied(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadUpstream(_) => StatusCode::BAD_GATEWAY,
            Self::Unavailable(_) | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for ProxyError {
    fn into_response(self) -> Response {
        let status = self.status();
        let text = match &self {
            // It begins with the name already, and was made to fit.
            Self::Denied(text) => format!("{text}\n"),
            other => format!("depaudit: {other}\n"),
        };
        let body: String = text.chars().take(LONGEST_BODY).collect();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let challenge = match self {
            Self::Unauthorized(challenge) => Some(challenge),
            Self::Identity => Some(HeaderValue::from_static("Bearer")),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_asks_for_patience_and_is_never_a_404() {
        let response = ProxyError::Unavailable("x".into()).into_response();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }

    #[tokio::test]
    async fn a_refusal_fits_into_what_cargo_shows() {
        let error = ProxyError::BadUpstream("é".repeat(2_000));
        let body = axum::body::to_bytes(error.into_response().into_body(), 10_000).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert_eq!(text.chars().count(), LONGEST_BODY);
        assert!(text.starts_with("depaudit: é"));
    }
}
