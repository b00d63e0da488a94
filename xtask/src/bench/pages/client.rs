use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use ureq::http::header::CONTENT_TYPE;

/// A page that is larger is not read to its end.
const MOST_BYTES: u64 = 64 << 20;

/// Asks the server, over one connection.
#[derive(Debug, Clone)]
pub(super) struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
}

impl Client {
    pub(super) fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        Self { agent, address }
    }

    /// The HTML that stands at a path; nothing where it is something else than a page.
    ///
    /// # Errors
    /// When the answer is no success.
    pub(super) fn page(&self, path: &str) -> anyhow::Result<Option<String>> {
        let mut response = self
            .agent
            .get(self.url(path))
            .header("accept", "text/html")
            .call()
            .with_context(|| format!("no answer for {path}"))?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "{path} answered {status}");
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_vec());
        // Not the body of anything else: one of live events has no end.
        if !kind.is_some_and(|kind| kind.starts_with(b"text/html")) {
            return Ok(None);
        }
        let body = response.body_mut().with_config().limit(MOST_BYTES);
        Ok(Some(body.read_to_string().with_context(|| format!("{path} was cut off"))?))
    }

    /// Fetches whatever stands at a path, as a build does.
    ///
    /// # Errors
    /// When the answer is no success.
    pub(super) fn fetch(&self, path: &str) -> anyhow::Result<()> {
        let mut response = self.agent.get(self.url(path)).call()?;
        response.body_mut().read_to_vec()?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "{path} answered {status}");
        Ok(())
    }

    /// Reports for a team.
    ///
    /// # Errors
    /// When the server refuses the report.
    pub(super) fn send(&self, team: &str, report: &Value) -> anyhow::Result<()> {
        let url = self.url(&format!("/api/v1/t/{team}/reports"));
        let mut response = self.agent.post(url).send(report.to_string())?;
        let text = response.body_mut().read_to_string()?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "the report of {team} was answered {status}: {text}");
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
