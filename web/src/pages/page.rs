use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use depaudit_model::AccessToken;
use http::{HeaderName, HeaderValue, StatusCode, header};

/// Nothing runs, nothing loads but the stylesheet, nothing is framed, and forms send what they hold
/// to this site alone.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                                form-action 'self'; frame-ancestors 'none'";

/// The same for the one page with a script: this site's own runs, and asks this site alone.
const WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What keeps a browser from guessing, telling other sites where it came from, and running anything. With
/// `no-referrer`, browsers would call the origin of this site's own forms `null`.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Whoever has logged out has left nothing behind.
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

/// The page that may run this site's own script.
pub(super) fn respond_with_script(template: &impl Template) -> Response {
    let mut response = respond(template);
    let allowed = HeaderValue::from_static(WITH_SCRIPT);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, allowed);
    response
}

/// A page, as every page is answered.
pub(super) fn respond(template: &impl Template) -> Response {
    match template.render() {
        // What was sent is repeated in more than one place; a token that was sent is not, in none.
        Ok(page) => (HEADERS, Html(AccessToken::mask(&page).into_owned())).into_response(),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a page cannot be made");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be made\n").into_response()
        }
    }
}
