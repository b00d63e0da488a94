use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use depaudit_model::Checksum;
use http::header;

const STYLE: &str = include_str!("style.css");

/// The file's name holds the digest of what it says, so that a browser may keep it for ever.
static FILE: LazyLock<String> = LazyLock::new(|| format!("{}.css", Checksum::of(STYLE.as_bytes())));

const FOLDER: &str = "style";

/// The parts of its path.
pub(super) fn segments() -> [&'static str; 2] {
    [FOLDER, &FILE]
}

/// The stylesheet of every page.
pub fn stylesheet_router() -> Router {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Router::new().route(&format!("/{FOLDER}/{}", *FILE), get(async move || (headers, STYLE)))
}
