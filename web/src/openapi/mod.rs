//! `/api/v1/openapi.json`: what the JSON API answers, for those who generate clients.
//!
//! The answers about reports are described by their own types. What the proxy answers, which this room
//! does not see, is described in [`bodies`]; a test holds real answers against all of it.

mod bodies;
mod operations;

use std::sync::LazyLock;

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi, OpenApiBuilder, Paths, RefOr, Schema};

use operations::Described;

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);

/// `/api/v1/openapi.json`. It holds nothing that a stranger may not know.
pub fn openapi_router() -> Router {
    Router::new().route("/api/v1/openapi.json", get(async || Json(&*DOCUMENT)))
}

fn document() -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas = Vec::new();
    for it in operations::all() {
        schemas.extend(it.schemas.iter().cloned());
        let Described { path, method, operation, .. } = it;
        paths.add_path_operation(path, vec![method], operation);
    }
    OpenApiBuilder::new()
        .info(Info::new("depaudit", env!("CARGO_PKG_VERSION")))
        .paths(paths)
        .components(Some(components(schemas)))
        .build()
}

fn components(schemas: Vec<(String, RefOr<Schema>)>) -> Components {
    let mut components = Components::new();
    components.schemas.extend(schemas);
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme(operations::TOKEN, token);
    components
}
