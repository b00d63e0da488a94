//! Asking over HTTP with a secret: bounded, without redirects, and no error quotes an address.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use depaudit_model::{AccessToken, Secret};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use url::Url;

use crate::args::ServerUrl;
use crate::http;

/// How long one answer may take, all in all.
const PATIENCE: Duration = Duration::from_secs(20);
/// Far above any answer with a token in it, in bytes.
const LARGEST: usize = 64 << 10;

/// The client for both questions. A redirect would bring the secret to somebody else.
pub(super) fn client() -> anyhow::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .timeout(PATIENCE)
        .user_agent(concat!("depaudit/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot set up an HTTP client")
}

/// The value of `Authorization` for a secret.
///
/// # Errors
/// When no header can hold it. It is not quoted.
pub(super) fn bearer(secret: &str) -> anyhow::Result<HeaderValue> {
    let value = HeaderValue::from_str(&format!("Bearer {secret}"));
    // The error does not quote it either, but that is not promised.
    let mut value =
        value.map_err(|_| anyhow!("the secret has characters that no header may hold"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The status and the whole body of an answer.
///
/// # Errors
/// When there is none, or it is too long.
pub(super) async fn send(request: RequestBuilder) -> anyhow::Result<(u16, Vec<u8>)> {
    let response = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status().as_u16();
    let body = http::body(response, LARGEST).await?;
    let body = body.with_context(|| format!("the answer has more than {LARGEST} bytes"))?;
    Ok((status, body))
}

/// Exchanges an identity at a depaudit server.
///
/// # Errors
/// When the server is away, or does not take it.
pub(super) async fn exchange(
    client: &Client,
    server: &ServerUrl,
    identity: &Secret,
) -> anyhow::Result<AccessToken> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: String,
    }
    let request = client.post(place(server)).header(AUTHORIZATION, bearer(identity.reveal())?);
    let (status, body) =
        send(request).await.with_context(|| format!("cannot ask the server {server}"))?;
    match status {
        200 => {}
        401 => bail!(
            "the server {server} does not take this job's identity; its log says why, and its [[oidc]] \
             tables say whom it takes"
        ),
        404 => bail!("the server {server} exchanges no identities: it has no [[oidc]] table"),
        503 => bail!("the server {server} cannot exchange this now; try again with a new identity"),
        status => bail!("the server {server} answers {status} instead of a token"),
    }
    // Read as a token before it goes anywhere: what else came is neither shown nor written.
    let token = serde_json::from_slice::<Answer>(&body).ok();
    let token = token.and_then(|answer| answer.access_token.parse().ok());
    token.with_context(|| format!("the server {server} answers something else than a token"))
}

fn place(server: &ServerUrl) -> Url {
    let mut url = server.as_url().clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["api", "v1", "oidc", "token"]);
    }
    url
}
