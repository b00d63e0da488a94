use std::time::Duration;

use anyhow::Context;
use depaudit_ledger::SourceError;
use depaudit_model::AccessToken;
use reqwest::StatusCode;
use tokio::runtime::Handle;
use url::Url;

use super::files::{Files, LARGEST_FILE};
use crate::http;

/// The newest checkpoint, below a log's prefix (C2SP tlog-tiles).
pub const CHECKPOINT: &str = "checkpoint";
/// Older checkpoints that are kept, one behind the other, each behind its length in a line.
pub const KEPT: &str = "checkpoints-kept";
/// The keys that verify, one a line.
pub const VERIFIERS: &str = "verifier-keys";

/// How long a server has for one tile or bundle.
const LONGEST: Duration = Duration::from_secs(30);

/// The tiles of a log that is served, for a thread of its own.
#[derive(Debug)]
pub struct ServerTiles {
    prefix: Url,
    client: reqwest::Client,
    token: Option<AccessToken>,
    runtime: Handle,
}

/// Why a resource was not had.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{0}")]
    Away(String),
    #[error(
        "the server asks for a token of scope `admin`: give it with DEPAUDIT_TOKEN or --token-file"
    )]
    Token,
    #[error("it has more bytes than it can have")]
    TooLarge,
}

impl ServerTiles {
    /// `prefix` is the log's URL. Redirects are not followed: they could lead anywhere with the
    /// token.
    ///
    /// # Errors
    /// When the client cannot be set up.
    pub fn new(
        mut prefix: Url,
        token: Option<AccessToken>,
        runtime: Handle,
    ) -> anyhow::Result<Self> {
        if let Ok(mut path) = prefix.path_segments_mut() {
            path.pop_if_empty().push("");
        }
        let client = http::client(LONGEST)?;
        Ok(Self { prefix, client, token, runtime })
    }

    /// A small text of the log; `None` where the server has none.
    ///
    /// # Errors
    /// When the server does not answer, or with something else.
    pub fn text(&self, name: &str) -> anyhow::Result<Option<String>> {
        let bytes = self.ask(name).with_context(|| format!("cannot get {name} of the log"))?;
        let text = bytes.map(String::from_utf8).transpose();
        text.ok().with_context(|| format!("{name} of the log is no text"))
    }

    fn ask(&self, name: &str) -> Result<Option<Vec<u8>>, AskError> {
        self.runtime.block_on(self.ask_now(name))
    }

    async fn ask_now(&self, name: &str) -> Result<Option<Vec<u8>>, AskError> {
        let away =
            |error: reqwest::Error| AskError::Away(http::describe(&error.without_url(), LONGEST));
        let url = self.prefix.join(name).map_err(|error| AskError::Away(error.to_string()))?;
        let mut request = self.client.get(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", token.expose());
        }
        let response = request.send().await.map_err(away)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(AskError::Token),
            status => return Err(AskError::Away(format!("the server answers {status}"))),
        }
        let bytes = http::body(response, LARGEST_FILE).await.map_err(away)?;
        bytes.map(Some).ok_or(AskError::TooLarge)
    }
}

impl Files for ServerTiles {
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let unreadable =
            |cause| SourceError::Unreadable { what: name.to_owned(), cause: Box::new(cause) };
        self.ask(name).map_err(unreadable)
    }
}
