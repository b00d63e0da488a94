use axum::response::Response;
use depaudit_policy::door::Why;
use depaudit_proxy::why::Pages;
use depaudit_web::{Site, why_page};

/// The pages of the registry's paths, as `web` makes them.
#[derive(Debug)]
pub(super) struct WebPages(pub(super) Site);

impl Pages for WebPages {
    fn why(&self, why: &Why) -> Response {
        why_page(&self.0, why)
    }
}
