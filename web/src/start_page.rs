use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// `/`: where a person lands who opens the server's address. `snippet` is the configuration to paste,
/// as the server printed it at its start.
pub fn start_page_router(snippet: &str) -> Router {
    let page = page(snippet);
    Router::new().route("/", get(async move || Html(page)))
}

fn page(snippet: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>depaudit</title>\n\
         <h1>depaudit</h1>\n<p>This server is a crate registry proxy: it verifies every crate and keeps a \
         record of who received which bytes.</p>\n<p>To use it, put this into <code>.cargo/config.toml</code> \
         of a repository, with your team's name in place of <code>my-team</code>:</p>\n\
         <pre>{}</pre>\n<p>Operators: <a href=\"/healthz\">health</a>, <a href=\"/readyz\">readiness</a>, \
         <a href=\"/metrics\">metrics</a>.</p>\n</html>\n",
        escaped(snippet)
    )
}

/// The snippet holds the configured public address; it is text here, never markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_the_snippet_is_text_not_markup() {
        let page = page("index = \"<script>\"");
        assert!(!page.contains("<script>"));
        assert!(page.contains("index = &quot;&lt;script&gt;&quot;"));
    }
}
