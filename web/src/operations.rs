use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use prometheus_client::registry::Registry;
use serde::Serialize;

/// Whether the process can do its work; wired by the binary.
#[async_trait]
pub trait Readiness: Send + Sync + fmt::Debug {
    /// Looks, and says what it saw. Called for each request to `/readyz`.
    async fn look(&self) -> ReadinessReport;
}

/// What `/readyz` answers. It reaches strangers: no path, no SQL, no upstream's address.
#[derive(Debug, Clone, Serialize)]
pub struct ReadinessReport {
    /// Whether crates and events can be written. Without it, the answer is 503.
    pub store_writable: bool,
    /// Events that wait to be written.
    pub event_queue: usize,
    /// The digest of the policy in force; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Whether what should replace the policy cannot be read; the log says why. The old one stays
    /// in force, so this makes nothing unready.
    pub policy_is_old: bool,
    /// Whether another server on the same data has put another policy on record since; the log says which.
    pub policy_contested: bool,
    /// Whether what is on record could not be signed for when that was last tried; the log says why. It
    /// is on record all the same, so this makes nothing unready.
    pub signing_fails: bool,
    /// The upstreams. One that is down makes nothing unready: what is stored is served.
    pub upstreams: Vec<UpstreamReport>,
}

/// How one upstream is doing.
#[derive(Debug, Clone, Serialize)]
pub struct UpstreamReport {
    /// The registry's name.
    pub registry: String,
    /// `up`, `down` or `unknown` (nobody has asked it yet).
    pub state: &'static str,
    /// What went wrong last, while it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

/// What the endpoints need.
#[derive(Debug, Clone)]
pub struct OperationsState {
    /// Everything that is counted.
    pub metrics: Arc<Registry>,
    /// Whether the process can do its work.
    pub readiness: Arc<dyn Readiness>,
}

/// `/healthz`: the process runs. It tells nothing else, so that anybody may ask by any name.
pub fn health_router() -> Router {
    Router::new().route("/healthz", get(async || "ok\n"))
}

/// `/readyz` (the process can do its work), `/metrics` (Prometheus' text format).
pub fn operations_router(state: OperationsState) -> Router {
    Router::new().route("/readyz", get(ready)).route("/metrics", get(metrics)).with_state(state)
}

async fn ready(State(state): State<OperationsState>) -> Response {
    let report = state.readiness.look().await;
    let status =
        if report.store_writable { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn metrics(State(state): State<OperationsState>) -> Response {
    let mut page = String::new();
    match prometheus_client::encoding::text::encode(&mut page, &state.metrics) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], page).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    #[derive(Debug)]
    struct Fixed(bool);

    #[async_trait]
    impl Readiness for Fixed {
        async fn look(&self) -> ReadinessReport {
            let upstream = UpstreamReport {
                registry: "crates-io".into(),
                state: "down",
                error: Some("unreachable"),
            };
            ReadinessReport {
                store_writable: self.0,
                event_queue: 0,
                policy: None,
                policy_is_old: false,
                policy_contested: false,
                signing_fails: false,
                upstreams: vec![upstream],
            }
        }
    }

    async fn get(path: &str, writable: bool) -> (StatusCode, String) {
        let state = OperationsState {
            metrics: Arc::new(Registry::default()),
            readiness: Arc::new(Fixed(writable)),
        };
        let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let all = operations_router(state).merge(health_router());
        let response = all.oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_upstream_that_is_down_leaves_the_service_ready_and_a_full_disk_does_not() {
        let (status, body) = get("/readyz", true).await;
        assert_eq!(status, 200);
        assert!(
            body.contains(r#""registry":"crates-io","state":"down","error":"unreachable""#),
            "{body}"
        );
        assert_eq!(get("/readyz", false).await.0, 503);
        assert_eq!(get("/healthz", false).await, (StatusCode::OK, "ok\n".into()));
    }
}
