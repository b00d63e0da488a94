//! Asking a server over HTTP, as every command does it.

use std::time::Duration;

use anyhow::Context;
use depaudit_model::terminal::printable;
use reqwest::{Client, Response, redirect};

/// A client that gives a server `patience` for the whole of an answer. It follows no redirect: one
/// could lead anywhere, with a token.
///
/// # Errors
/// When it cannot be set up.
pub fn client(patience: Duration) -> anyhow::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(patience)
        .user_agent(concat!("depaudit/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot set up a client")
}

/// The whole body of an answer; `None` where it has more than `most` bytes.
///
/// # Errors
/// When it breaks off. The error does not have the address.
pub async fn body(mut answer: Response, most: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

/// The longest text that is repeated of what a server said, in bytes.
pub const LONGEST_SAID: usize = 600;

/// The first line of what a refusal says, as far as it is text; it goes to a terminal.
#[must_use]
pub fn said(body: &[u8]) -> Option<String> {
    let said = body.get(..LONGEST_SAID).unwrap_or(body);
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(printable(line.strip_prefix("depaudit: ").unwrap_or(line)).to_string())
}

/// What went wrong, without the address: its query may hold what nobody should read.
#[must_use]
pub fn describe(error: &reqwest::Error, patience: Duration) -> String {
    if error.is_timeout() {
        format!("no answer within {} seconds", patience.as_secs())
    } else if error.is_connect() {
        "the server cannot be reached".to_owned()
    } else {
        "the answer broke off".to_owned()
    }
}
