use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::TeamId;
use depaudit_model::terminal::printable;
use depaudit_proxy::waivers::Desk;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::args::{DataFolder, ServerUrl, TokenSource};
use crate::backend::{self, Backend};
use crate::commands::block_on;
use crate::door::DoorFiles;
use crate::system::{SystemClock, SystemRandomness};

/// How long a server has for an answer.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// Where the waivers are: on this machine, or behind a server's API.
#[derive(Debug, Args)]
pub(super) struct Place {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Ask a running server instead, with a token of scope `admin`; needs --team
    #[arg(long, value_name = "URL")]
    server: Option<ServerUrl>,
    #[command(flatten)]
    token: TokenSource,
    /// The server's policy, which says how long a waiver may hold and how many persons it needs
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_POLICY", hide_env_values = true)]
    policy: Option<PathBuf>,
}

impl Place {
    /// Whether a server is asked.
    pub(super) const fn is_remote(&self) -> bool {
        self.server.is_some()
    }

    /// Does something at the desk of the data folder.
    pub(super) fn at_the_desk<T>(
        &self,
        work: impl AsyncFnOnce(&Desk, &Backend) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let files = DoorFiles { policy: self.policy.clone(), advisories: None };
        let (rules, _) = files.read()?;
        let backend = backend::open_existing(&self.data.path)?;
        let desk = Desk {
            meta: Arc::clone(&backend.meta),
            log: Arc::clone(&backend.audit),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            two_persons: rules.door.two_person_waivers(),
            longest_days: rules.door.longest_waiver_days(),
        };
        block_on(async {
            let done = work(&desk, &backend).await?;
            drop(desk);
            backend.close().await?;
            Ok(done)
        })
    }

    /// Asks the server's API below a team's path.
    pub(super) fn ask(
        &self,
        method: Method,
        team: Option<&TeamId>,
        path: &[&str],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let server = self.server.as_ref().context("no server was named")?;
        let Some(team) = team else {
            bail!("--server needs --team: a token speaks for one team");
        };
        let mut segments = vec!["api", "v1", "t", team.as_str()];
        segments.extend(path);
        let url = server.below(&segments);
        let token = self.token.token()?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        block_on(async {
            let client = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(LONGEST)
                .user_agent(concat!("depaudit/", env!("CARGO_PKG_VERSION")))
                .build()
                .context("cannot set up a client")?;
            let mut request = client.request(method, url);
            if let Some(token) = &token {
                request = request.header("authorization", token.expose());
            }
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body.to_string());
            }
            let cannot = || format!("cannot ask {server}");
            let answer = request.send().await.map_err(reqwest::Error::without_url);
            let mut answer = answer.with_context(cannot)?;
            let status = answer.status();
            let mut bytes = Vec::new();
            let broken = reqwest::Error::without_url;
            while let Some(chunk) = answer.chunk().await.map_err(broken).with_context(cannot)? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > LARGEST {
                    bail!("the answer of {server} is longer than any that it can give");
                }
            }
            if !status.is_success() {
                let text = String::from_utf8_lossy(&bytes);
                let text = text.trim().trim_start_matches("depaudit: ");
                let text = printable(text).to_string();
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
}

/// Who acts on the server's own machine: the user's name, as the system tells it. It is a name for
/// the record, and proves nothing that access to the data folder does not prove.
pub(super) fn operator() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().filter(fits).take(64).collect();
    let id = rustix::process::getuid().as_raw();
    if name.is_empty() { format!("local:{id}") } else { format!("local:{name} ({id})") }
}
