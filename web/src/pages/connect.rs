use askama::Template;
use axum::Router;
use axum::routing::get;
use depaudit_model::TeamId;

use super::frame::{Entry, Frame, Site};
use super::page;

#[derive(Template)]
#[template(path = "connect.html")]
struct ConnectPage<'a> {
    frame: Frame<'a>,
    connecting: &'a Connecting,
    why: String,
}

/// How a repository is led to the server.
#[derive(Debug, Clone)]
pub struct Connecting {
    /// The configuration to paste, as the server printed it at its start.
    pub snippet: String,
    /// The team in it: one's own has to take its place.
    pub team: TeamId,
    /// Whether a token is asked for anywhere.
    pub by_token: bool,
}

/// `/connect`: how to use the server. It holds nothing that a stranger may not know, so that whoever has no token yet can
/// read how to come by one.
pub fn connect_page_router(site: &Site, connecting: &Connecting) -> Router {
    let (site, connecting) = (site.clone(), connecting.clone());
    let page = async move || {
        let frame = Frame { site: &site, current: Some(Entry::Connect), visitor: None };
        let why = site.path(["t", connecting.team.as_str(), "why", "serde"]);
        page::respond(&ConnectPage { frame, connecting: &connecting, why })
    };
    Router::new().route("/connect", get(page))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;

    use super::super::stylesheet_router;
    use super::*;

    async fn get(path: &str) -> (http::response::Parts, String) {
        let site = Site::at("https://h.example/deps".parse().unwrap());
        let connecting = Connecting {
            snippet: "index = \"<script>\"".to_owned(),
            team: "search".parse().unwrap(),
            by_token: true,
        };
        let pages = connect_page_router(&site, &connecting).merge(stylesheet_router());
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = pages.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn bad_input_45_the_snippet_is_text_not_markup() {
        let (parts, page) = get("/connect").await;
        assert_eq!(parts.status, 200);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("index = &#34;&#60;script&#62;&#34;"), "{page}");
        assert!(
            page.contains("<a href=\"/deps/connect\" aria-current=\"page\">Connect</a>"),
            "{page}"
        );
    }

    #[tokio::test]
    async fn what_has_to_be_replaced_is_what_stands_there_and_a_token_is_told_of() {
        let (_, page) = get("/connect").await;
        assert!(page.contains("with your team's name in place of\n<code>search</code>"), "{page}");
        assert!(page.contains("/deps/t/search/why/serde"), "{page}");
        assert!(page.contains("global-credential-providers"), "{page}");
    }

    #[tokio::test]
    async fn the_stylesheet_is_where_the_page_says_and_may_be_kept_for_ever() {
        let (_, page) = get("/connect").await;
        let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"/deps").unwrap();
        let (path, _) = rest.split_once('"').unwrap();
        let (parts, style) = get(path).await;
        assert_eq!(parts.headers["content-type"], "text/css; charset=utf-8");
        assert!(parts.headers["cache-control"].to_str().unwrap().contains("immutable"));
        assert!(style.contains("prefers-color-scheme: dark"), "{style}");
    }
}
