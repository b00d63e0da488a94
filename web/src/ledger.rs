//! The ledger for whoever wants to verify it: static resources, as C2SP tlog-tiles lays them out.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use depaudit_ledger::{Bundle, TileAt};
use depaudit_store::{AuditLog, StoreError};
use http::{HeaderMap, StatusCode, header};

/// Who may read what events say, and which keys verify; wired by the binary.
#[async_trait]
pub trait LedgerDoor: Send + Sync + fmt::Debug {
    /// Whether a request with these headers may read entries. Hashes are for everybody.
    ///
    /// # Errors
    /// The answer for whoever may not.
    async fn may_read_entries(&self, headers: &HeaderMap) -> Result<(), Response>;

    /// The keys that verify checkpoints, the newest first, as they are written.
    async fn verifiers(&self) -> Vec<String>;
}

/// What the endpoints need.
#[derive(Debug, Clone)]
pub struct LedgerState {
    /// The record.
    pub log: Arc<dyn AuditLog>,
    /// Who may read it.
    pub door: Arc<dyn LedgerDoor>,
}

/// `/ledger/checkpoint`, `/ledger/tile/...` with its entries, the checkpoints that are kept, and the
/// keys.
pub fn ledger_router(state: LedgerState) -> Router {
    Router::new()
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/checkpoints-kept", get(kept))
        .route("/ledger/verifier-keys", get(verifiers))
        .route("/ledger/tile/{*path}", get(tile))
        .with_state(state)
}

const TEXT: &str = "text/plain; charset=utf-8";
/// What changes with the next event.
const MUTABLE: &str = "max-age=1";
/// A tile never changes, a partial one neither: it is that of one size.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The same for what not everybody may read.
const PRIVATE: &str = "private, max-age=31536000, immutable";

async fn checkpoint(State(state): State<LedgerState>) -> Response {
    match state.log.checkpoints().await {
        Ok(kept) => match kept.last() {
            Some(newest) => text(newest.note.clone()),
            None => missing("nothing is signed yet; a moment after the first event, it is"),
        },
        Err(error) => unavailable(&error),
    }
}

/// As [`depaudit_ledger::write_list`] writes them.
async fn kept(State(state): State<LedgerState>) -> Response {
    match state.log.checkpoints().await {
        Ok(kept) => text(depaudit_ledger::write_list(kept.iter().map(|it| it.note.as_str()))),
        Err(error) => unavailable(&error),
    }
}

async fn verifiers(State(state): State<LedgerState>) -> Response {
    text(state.door.verifiers().await.iter().map(|key| format!("{key}\n")).collect())
}

async fn tile(
    State(state): State<LedgerState>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let path = format!("tile/{path}");
    if let Ok(at) = path.parse::<TileAt>() {
        return match state.log.tile(at).await {
            Ok(Some(hashes)) => {
                let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
                binary(bytes, IMMUTABLE)
            }
            Ok(None) => missing("the ledger has no such tile"),
            Err(error) => unavailable(&error),
        };
    }
    let Ok(at) = TileAt::parse_entries_path(&path) else {
        return missing("this is no path of a tile, such as tile/0/x001/x234/067.p/12");
    };
    if let Err(refused) = state.door.may_read_entries(&headers).await {
        return refused;
    }
    // Further than any log reaches; and no number that would be another one as a signed one.
    let first = at.index.checked_mul(256).filter(|first| i64::try_from(*first).is_ok());
    let Some(first) = first else { return missing("the ledger has no such entries") };
    match state.log.leaves(first, usize::from(at.width)).await {
        Ok(leaves)
            if leaves.len() == usize::from(at.width)
                && leaves.first().is_some_and(|(index, _)| *index == first) =>
        {
            let mut bundle = Bundle::default();
            for (_, leaf) in leaves {
                // No leaf that is on record is longer than an entry can be.
                if bundle.push(&leaf).is_err() {
                    return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                }
            }
            binary(bundle.into_bytes(), PRIVATE)
        }
        Ok(_) => missing("the ledger has no such entries"),
        Err(error) => unavailable(&error),
    }
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, MUTABLE)], body).into_response()
}

fn binary(body: Vec<u8>, caching: &'static str) -> Response {
    let kind = "application/octet-stream";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], body).into_response()
}

fn missing(why: &'static str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::NOT_FOUND, headers, format!("{why}\n")).into_response()
}

fn unavailable(error: &StoreError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "the ledger cannot be read");
    let headers = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, "the ledger cannot be read now\n").into_response()
}
