//! How what locks hold stands against the record: `POST /t/{team}/{registry}/received`.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use depaudit_model::{LockedCrate, OnRecord};
use depaudit_store::KnownBytes;
use http::header;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::auth::FACTS;
use crate::error::ProxyError;
use crate::proxy::Proxy;
use crate::route::{Document, Route};

/// How many crates one question may be about.
const MOST: usize = 1_000;

/// The longest body, in bytes: so many crates with long names and versions.
const LONGEST_BODY: usize = 512 << 10;

/// How long the body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Question {
    crates: Vec<LockedCrate>,
}

/// In the order of the question.
#[derive(Serialize)]
struct Answer {
    crates: Vec<OnRecord>,
}

/// Answers a POST to any path.
pub(crate) async fn answer(proxy: &Proxy, request: &Parts, body: Body) -> Response {
    match stand(proxy, request, body).await {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn stand(proxy: &Proxy, request: &Parts, body: Body) -> Result<String, ProxyError> {
    let Route { team, registry, document } = Route::parse(request.uri.path())?;
    if document != Document::Received {
        return Err(ProxyError::Method);
    }
    // Before the team, the registry and the body are looked at: a stranger learns and costs nothing.
    proxy.authenticator.principal(&request.headers, &team, &registry, &FACTS).await?;
    if !proxy.serves(&team) {
        let text = format!("the team `{team}` is not among the teams configured on this server");
        return Err(ProxyError::NotFound(text));
    }
    if !proxy.registries.contains_key(&registry) {
        let text = format!("the registry `{registry}` is not configured on this server");
        return Err(ProxyError::NotFound(text));
    }
    let arrived = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LONGEST_BODY)).await;
    let Ok(Ok(body)) = arrived else {
        return Err(ProxyError::Question("the question is too long, or did not come whole"));
    };
    let question: Question = serde_json::from_slice(&body)
        .map_err(|_| ProxyError::Question("expected {\"crates\":[{crate, version, sha256}]}"))?;
    if question.crates.len() > MOST {
        return Err(ProxyError::Question("a question is about 1000 crates at the most"));
    }
    let releases: Vec<_> = question.crates.iter().map(LockedCrate::release).collect();
    let known = proxy.recorder.known_bytes(&registry, &team, &releases).await;
    let known = known.map_err(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "the record cannot be asked what was received");
        ProxyError::Store("the record cannot be read")
    })?;
    let pairs = question.crates.iter().zip(known);
    let crates = pairs.map(|(locked, known)| KnownBytes::stand(&known, &locked.sha256, true));
    serde_json::to_string(&Answer { crates: crates.collect() })
        .map_err(|_| ProxyError::Store("the answer cannot be written"))
}
