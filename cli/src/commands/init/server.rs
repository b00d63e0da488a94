//! What the server says of whoever is about to ask it.

use std::time::Duration;

use anyhow::Context;
use depaudit_model::{RegistryName, TeamId};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::args::ServerUrl;
use crate::cargo_snippet;
use crate::commands::block_on;
use crate::http;

/// How long it has for an answer: the file can be written without one.
const PATIENCE: Duration = Duration::from_secs(3);
/// Far above any `config.json`, in bytes.
const LARGEST: usize = 16 << 10;

/// What it says.
#[derive(Debug)]
pub(super) enum Told {
    /// Cargo may ask: with a token, or without.
    Serves { by_token: bool },
    /// It has no such team, or no such registry.
    Refuses(String),
    /// Why it says nothing of that.
    Nothing(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    #[expect(dead_code, reason = "what has none is no index")]
    dl: String,
    #[serde(default)]
    auth_required: bool,
}

/// Asks as Cargo begins: for the index's `config.json`, which nobody needs a token for.
///
/// # Errors
/// When the machine gives no means to ask.
pub(super) fn ask(
    server: &ServerUrl,
    team: &TeamId,
    registry: &RegistryName,
) -> anyhow::Result<Told> {
    let index = cargo_snippet::index_url(server.as_url(), team, registry);
    let url = index.join("config.json").context("the index has no address")?;
    block_on(async {
        let answer = match http::client(PATIENCE)?.get(url).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return Ok(Told::Nothing(http::describe(&error.without_url(), PATIENCE)));
            }
        };
        let status = answer.status();
        let body = http::body(answer, LARGEST).await.ok().flatten().unwrap_or_default();
        Ok(match status {
            StatusCode::NOT_FOUND => Told::Refuses(
                http::said(&body).unwrap_or_else(|| "nothing is at its address".to_owned()),
            ),
            StatusCode::OK => match serde_json::from_slice(&body) {
                Ok(Config { auth_required, .. }) => Told::Serves { by_token: auth_required },
                Err(_) => Told::Nothing("what it serves is no index".to_owned()),
            },
            status => Told::Nothing(format!("it answers {status}")),
        })
    })
}
