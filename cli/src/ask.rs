//! Asking a depaudit server's API.

use std::time::Duration;

use anyhow::{Context, bail};
use depaudit_model::AccessToken;
use depaudit_model::terminal::printable;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::args::ServerUrl;
use crate::commands::block_on;
use crate::http;

/// How long a server has for an answer: `why` may have to ask an upstream first.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// Sends a request and reads the JSON of the answer; `Null` for an answer without a body.
///
/// # Errors
/// When the server does not answer, or says no: then with what it says.
pub fn ask(
    server: &ServerUrl,
    token: Option<&AccessToken>,
    method: Method,
    path: &[&str],
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let url = server.below(path);
    block_on(async {
        let client = http::client(LONGEST)?;
        let mut request = client.request(method, url);
        if let Some(token) = token {
            request = request.header("authorization", token.expose());
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let cannot = || format!("cannot ask {server}");
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer = answer.with_context(cannot)?;
        let status = answer.status();
        let bytes = http::body(answer, LARGEST).await.with_context(cannot)?;
        let bytes = bytes.with_context(|| {
            format!("the answer of {server} is longer than any that it can give")
        })?;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim().trim_start_matches("depaudit: ");
            let text = match text {
                "" => format!("{server} answers {status}"),
                text => printable(text).to_string(),
            };
            if status == StatusCode::UNAUTHORIZED {
                bail!("{text}: give it with DEPAUDIT_TOKEN or --token-file");
            }
            bail!("{text}");
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).with_context(|| format!("{server} answers nonsense"))
    })
}
