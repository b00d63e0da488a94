//! An HTTP client for tests that run the server in another process.

/// A GET without redirects, proxies or decoding.
pub(crate) fn get(url: impl reqwest::IntoUrl) -> reqwest::RequestBuilder {
    new().get(url)
}

/// A client without redirects, proxies or decoding.
#[expect(clippy::expect_used, reason = "a panic is the report of a test")]
pub(crate) fn new() -> reqwest::Client {
    // reqwest wants a process-wide choice of TLS, also where only plain HTTP is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .gzip(false)
        .build()
        .expect("a client")
}
