//! Where a crate's bytes are, and the head of an answer made from them.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use depaudit_store::StoredBlob;
use http::{HeaderValue, StatusCode, header};
use tokio::sync::watch;

use super::conditions::Plan;
use super::stage::{Head, Stage};

/// Where the bytes are.
pub(super) enum Source {
    Memory(Bytes),
    Stored(StoredBlob),
    Arriving(Arc<Head>, watch::Receiver<Stage>),
}

impl Source {
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Memory(bytes) => Some(bytes.len() as u64),
            Self::Stored(blob) => Some(blob.size),
            Self::Arriving(head, _) => head.size,
        }
    }
}

/// Status and headers; the body comes on top.
pub(super) fn head_response(source: &Source, plan: &Plan, etag: &str) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let mut set = |name, value: String| {
        // Numbers, digests and fixed words: always legal header values.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, etag.to_owned());
    set(header::ACCEPT_RANGES, "bytes".into());
    // The bytes under a name and version never change; each team's decision may, so nobody in
    // between may keep them.
    set(header::CACHE_CONTROL, "private, max-age=31536000, immutable".into());
    let size = source.size();
    let status = match (plan, size) {
        (Plan::NotModified, _) => StatusCode::NOT_MODIFIED,
        (Plan::Unsatisfiable, size) => {
            set(header::CONTENT_RANGE, format!("bytes */{}", size.unwrap_or(0)));
            set(header::CONTENT_LENGTH, "0".into());
            StatusCode::RANGE_NOT_SATISFIABLE
        }
        (Plan::Part(begin, end), size) => {
            let size = size.unwrap_or(*end);
            set(header::CONTENT_RANGE, format!("bytes {begin}-{}/{size}", end.saturating_sub(1)));
            set(header::CONTENT_LENGTH, (end - begin).to_string());
            StatusCode::PARTIAL_CONTENT
        }
        (Plan::Whole, size) => {
            if let Some(size) = size {
                set(header::CONTENT_LENGTH, size.to_string());
            }
            StatusCode::OK
        }
    };
    if status.is_success() {
        set(header::CONTENT_TYPE, "application/gzip".into());
    }
    *response.status_mut() = status;
    response
}
