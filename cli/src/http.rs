//! Asking a server over HTTP, as every command does it.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Client, redirect};

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
