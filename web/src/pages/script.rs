use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use depaudit_model::Checksum;
use http::header;

/// Our own, and the only one.
const SCRIPT: &str = include_str!("live.js");

/// The file's name holds the digest of what it says, so that a browser may keep it for ever.
static FILE: LazyLock<String> = LazyLock::new(|| format!("{}.js", Checksum::of(SCRIPT.as_bytes())));

const FOLDER: &str = "script";

/// The parts of its path.
pub(super) fn segments() -> [&'static str; 2] {
    [FOLDER, &FILE]
}

/// The script of the page that follows the record; no other page may run any.
pub fn script_router() -> Router {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Router::new().route(&format!("/{FOLDER}/{}", *FILE), get(async move || (headers, SCRIPT)))
}
