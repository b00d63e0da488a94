use std::time::Duration;

use anyhow::{Context, anyhow};
use depaudit_model::Checksum;
use depaudit_policy::{Link, PolicyFile};
use reqwest::StatusCode;

use super::cache::Cache;
use crate::commands::block_on;
use crate::http;

/// How long a server has for the whole of a policy.
const LONGEST: Duration = Duration::from_secs(10);

/// Policies on servers.
#[derive(Debug)]
pub(super) struct Remote {
    cache: Cache,
}

/// A policy's text, and what somebody should know of how it was had.
#[derive(Debug)]
pub(super) struct Had {
    pub(super) text: String,
    pub(super) warning: Option<String>,
}

/// Why a server's policy was not had.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    /// No answer, or none to go by: what was seen before may stand in.
    #[error("{0}")]
    Away(String),
    /// The server says that it is not there, or gives something else.
    #[error("{0}")]
    Refused(String),
}

impl Remote {
    pub(super) const fn new(cache: Cache) -> Self {
        Self { cache }
    }

    /// The text at an address. What is pinned and was seen before is not asked for again; what is
    /// not pinned is, and when the server is away, what was last seen there stands in, with a
    /// warning. `shown` is the address as messages may name it.
    pub(super) fn get(
        &self,
        link: &Link,
        pinned: Option<&Checksum>,
        shown: &str,
    ) -> anyhow::Result<Had> {
        let kept = self.cache.get(link);
        if let Some((text, _)) = &kept
            && pinned == Some(&Checksum::of(text.as_bytes()))
        {
            return Ok(Had { text: text.clone(), warning: None });
        }
        match block_on(async { Ok(fetch(link).await) })? {
            Ok(text) => {
                let unkept = self.cache.put(link, &text).err();
                let warning = unkept.map(|error| format!("{shown} was not kept: {error:#}"));
                Ok(Had { text, warning })
            }
            Err(FetchError::Refused(why)) => Err(anyhow!("{shown}: {why}")),
            Err(FetchError::Away(why)) => {
                let (text, age) = kept.with_context(|| {
                    format!("{shown}: {why}, and there is no copy of it from before")
                })?;
                let age = age.map_or_else(String::new, |age| format!(" {}", ago(age)));
                let warning = format!("{shown}: {why}; the copy that was seen{age} stands in");
                Ok(Had { text, warning: Some(warning) })
            }
        }
    }
}

fn ago(age: Duration) -> String {
    match age.as_secs() / 3_600 {
        0 => "within the last hour".to_owned(),
        hours @ 1..48 => format!("{hours} hours ago"),
        hours => format!("{} days ago", hours / 24),
    }
}

async fn fetch(link: &Link) -> Result<String, FetchError> {
    // A redirect would let whoever controls one page choose the policy's server.
    let client =
        http::client(LONGEST).map_err(|error| FetchError::Refused(format!("{error:#}")))?;
    // The error would quote the address, and with it what stands in its query.
    let away =
        |error: reqwest::Error| FetchError::Away(http::describe(&error.without_url(), LONGEST));
    let response = client.get(link.as_str()).send().await.map_err(away)?;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(FetchError::Away(format!("the server answers {status}")));
    }
    if status.is_redirection() {
        return Err(FetchError::Refused(format!(
            "the server answers {status}, and redirects are not followed; use the final address"
        )));
    }
    if status != StatusCode::OK {
        return Err(FetchError::Refused(format!("the server answers {status}")));
    }
    let most = PolicyFile::LARGEST;
    let bytes = http::body(response, most).await.map_err(away)?;
    let bytes =
        bytes.ok_or_else(|| FetchError::Refused(format!("it has more than {most} bytes")))?;
    String::from_utf8(bytes).map_err(|_| FetchError::Refused("it is not UTF-8".to_owned()))
}
