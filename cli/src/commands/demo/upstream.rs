//! A small registry on this machine: what the demo's proxy stands in front of.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use depaudit_model::{Clock, Timestamp};
use http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use super::clock::SetClock;
use super::shelf::Edition;

/// What it has. A release appears on its day.
#[derive(Debug)]
struct Registry {
    address: SocketAddr,
    editions: Arc<[Edition]>,
    clock: Arc<SetClock>,
}

/// Starts it on a free port of the loopback; it ends with the runtime. Gives its index.
pub(super) async fn start(
    editions: Arc<[Edition]>,
    clock: Arc<SetClock>,
) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
    let address = listener.local_addr().context("the upstream has no address")?;
    let registry = Arc::new(Registry { address, editions, clock });
    let app = Router::new()
        .route("/index/config.json", get(configuration))
        .route("/index/{*path}", get(entry))
        .route("/crates/{name}/{version}/download", get(download))
        .with_state(registry);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(format!("sparse+http://{address}/index/"))
}

impl Registry {
    fn published(&self) -> impl Iterator<Item = &Edition> {
        let now: Timestamp = self.clock.now();
        self.editions.iter().filter(move |it| it.published <= now)
    }
}

async fn configuration(State(registry): State<Arc<Registry>>) -> Response {
    Json(json!({ "dl": format!("http://{}/crates", registry.address) })).into_response()
}

async fn entry(State(registry): State<Arc<Registry>>, Path(path): Path<String>) -> Response {
    let lines: String = registry
        .published()
        .filter(|it| it.name.index_path() == path)
        .map(|it| format!("{}\n", it.line))
        .collect();
    if lines.is_empty() { StatusCode::NOT_FOUND.into_response() } else { lines.into_response() }
}

async fn download(
    State(registry): State<Arc<Registry>>,
    Path((name, version)): Path<(String, String)>,
) -> Response {
    let found = registry
        .published()
        .find(|it| it.name.as_str() == name && it.version.to_string() == version);
    match found {
        Some(edition) => edition.archive.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
