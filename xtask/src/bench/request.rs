use std::io::Read as _;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use ureq::http::header::{CONTENT_ENCODING, ETAG};
use url::Url;

use super::load::Expected;

/// No answer here is larger; one that is, is wrong.
const MAX_ANSWER_BYTES: u64 = 4 << 20;

/// One request, as wrk repeats it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// A right answer to it.
pub(crate) struct Answer {
    /// Decompressed.
    pub(crate) body: Vec<u8>,
    pub(crate) etag: Option<String>,
}

impl Request {
    pub(crate) fn new(url: Url) -> Self {
        Self { url, headers: Vec::new() }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it once, and insists on the answer that is expected.
    ///
    /// # Errors
    /// When another answer comes, or none.
    pub(crate) fn send(&self, expected: &Expected) -> anyhow::Result<Answer> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(std::time::Duration::from_secs(30)))
            .build()
            .into();
        let mut request = agent.get(self.url.as_str());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let mut response =
            request.call().with_context(|| format!("no answer from {}", self.url))?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
        let status = response.status().as_u16();
        anyhow::ensure!(
            status == expected.status,
            "{} answered {status}, not {}: {}",
            self.url,
            expected.status,
            String::from_utf8_lossy(&body).escape_debug()
        );
        let text = |name| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let gzip = text(CONTENT_ENCODING).as_deref() == Some("gzip");
        anyhow::ensure!(
            gzip == expected.gzip,
            "{} was asked for {} body and gave the other",
            self.url,
            if expected.gzip { "a compressed" } else { "a plain" }
        );
        let body = if gzip { gunzip(&body)? } else { body };
        Ok(Answer { body, etag: text(ETAG) })
    }
}

fn gunzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes)
        .take(MAX_ANSWER_BYTES)
        .read_to_end(&mut plain)
        .context("the body is no gzip")?;
    Ok(plain)
}
