//! Asking a depaudit server's record how locked crates stand.

use std::time::Duration;

use anyhow::Context;
use depaudit_model::{AccessToken, LockedCrate, OnRecord, RegistryName, Secret, TeamId};
use reqwest::{StatusCode, header};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::args::ServerUrl;
use crate::cargo_snippet;
use crate::http;

/// So many crates go into one question: what a server takes.
const AT_ONCE: usize = 1_000;

/// How long a server has for one answer.
const LONGEST: Duration = Duration::from_secs(20);

/// Far above the answer about so many crates.
const LARGEST: usize = 16 << 20;

/// The record of a server, asked in a team's name.
#[derive(Debug)]
pub struct RecordClient {
    http: reqwest::Client,
    server: Url,
    team: TeamId,
    token: Option<Secret>,
}

#[derive(Serialize)]
struct Question<'a> {
    crates: &'a [LockedCrate],
}

#[derive(Deserialize)]
struct Answer {
    crates: Vec<OnRecord>,
}

/// Why a record told nothing. It quotes no address: one may hold what is nobody's business.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordError {
    /// No answer.
    #[error("{0}")]
    Away(&'static str),
    /// Another answer than the one expected.
    #[error("asked for its record, it answers {0}{1}")]
    Refused(StatusCode, &'static str),
    /// An answer that is none.
    #[error("what it says of its record makes no sense")]
    Nonsense,
}

impl RecordClient {
    /// Opens no connection.
    ///
    /// # Errors
    /// When the machine gives no means to speak HTTP.
    pub fn new(
        server: &ServerUrl,
        team: TeamId,
        token: Option<AccessToken>,
    ) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(LONGEST)
            .user_agent(concat!("depaudit/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("cannot set up a client")?;
        let (server, token) = (server.as_url().clone(), token.map(AccessToken::into_secret));
        Ok(Self { http, server, team, token })
    }

    /// What the record says of each of these crates of a registry, in their order.
    ///
    /// # Errors
    /// When the server does not answer, or answers something else.
    pub async fn ask(
        &self,
        registry: &RegistryName,
        crates: &[LockedCrate],
    ) -> Result<Vec<OnRecord>, RecordError> {
        // The index stands beside it.
        let index = cargo_snippet::index_url(&self.server, &self.team, registry);
        let url = index.join("../received").map_err(|_| RecordError::Nonsense)?;
        let mut all = Vec::with_capacity(crates.len());
        for crates in crates.chunks(AT_ONCE) {
            let answers = self.ask_once(&url, crates).await?;
            if answers.len() != crates.len() {
                return Err(RecordError::Nonsense);
            }
            all.extend(answers);
        }
        Ok(all)
    }

    async fn ask_once(
        &self,
        url: &Url,
        crates: &[LockedCrate],
    ) -> Result<Vec<OnRecord>, RecordError> {
        let question =
            serde_json::to_vec(&Question { crates }).map_err(|_| RecordError::Nonsense)?;
        let mut request = self.http.post(url.clone()).body(question);
        if let Some(token) = &self.token {
            let mut value =
                header::HeaderValue::from_str(token.reveal()).map_err(|_| RecordError::Nonsense)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        if status != StatusCode::OK {
            let what_to_do = match status {
                StatusCode::UNAUTHORIZED => "; it asks for a token that holds: --token-file",
                StatusCode::FORBIDDEN => {
                    "; the token is another team's, or its scope does not open this"
                }
                StatusCode::NOT_FOUND => "; it does not serve this registry to this team",
                StatusCode::METHOD_NOT_ALLOWED => "; it is too old to be asked",
                _ => "",
            };
            return Err(RecordError::Refused(status, what_to_do));
        }
        let bytes = http::body(response, LARGEST).await.map_err(away)?;
        let bytes = bytes.ok_or(RecordError::Nonsense)?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| RecordError::Nonsense)?;
        Ok(answer.crates)
    }
}

fn away(error: reqwest::Error) -> RecordError {
    RecordError::Away(if error.is_timeout() {
        "it does not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "its answer broke off"
    })
}
