use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use depaudit_model::TeamId;
use depaudit_proxy::waivers::{Desk, DeskError};
use reqwest::Method;
use serde_json::Value;

use crate::args::{DataFolder, Next, ServerUrl, TokenSource};
use crate::ask::ask;
use crate::backend::{self, Backend};
use crate::commands::block_on;
use crate::door::DoorFiles;
use crate::system::{SystemClock, SystemRandomness};

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

    /// A command about waivers at the same place, for whoever goes on.
    pub(super) fn next(&self, words: &[&str], team: Option<&str>) -> Next {
        let next = Next::new(std::iter::once("waiver").chain(words.iter().copied()));
        match (&self.server, team) {
            (Some(server), Some(team)) => next.flag("--team", team).asking(server),
            (Some(server), None) => next.asking(server),
            (None, _) => next.on(&self.data.path),
        }
    }

    /// The same, for a command that insists on the policy.
    pub(super) fn next_by_policy(&self, words: &[&str], team: Option<&str>) -> Next {
        let next = self.next(words, team);
        match &self.policy {
            Some(policy) if !self.is_remote() => next.flag("--policy", policy.display()),
            _ => next,
        }
    }

    /// Where to look, for whoever named what is not there.
    fn pointing(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast_ref() {
            Some(told @ DeskError::Unknown(_)) => {
                anyhow!("{told}; `{}` shows those there are", self.next(&["list"], None))
            }
            Some(told @ DeskError::NotAsked(_)) => {
                anyhow!("{told}; `{}` shows what does", self.next(&["queue"], None))
            }
            _ => error,
        }
    }

    /// Insists on the server's policy: without it nobody knows how many persons a waiver needs.
    ///
    /// # Errors
    /// When it was not named.
    pub(super) fn insist_on_policy(&self) -> anyhow::Result<()> {
        if self.policy.is_none() {
            bail!(
                "name the policy that the server goes by, with --policy or DEPAUDIT_POLICY: it says how \
                 long a waiver may hold and how many persons it needs"
            );
        }
        Ok(())
    }

    /// Does something at the desk of the data folder.
    pub(super) fn at_the_desk<T>(
        &self,
        work: impl AsyncFnOnce(&Desk, &Backend) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let files = DoorFiles { policy: self.policy.clone(), advisories: None };
        let (rules, _) = files.read()?;
        block_on(async {
            let backend = backend::open_existing(&self.data.path).await?;
            let desk = Desk {
                meta: Arc::clone(&backend.meta),
                log: Arc::clone(&backend.audit),
                clock: Arc::new(SystemClock),
                randomness: Arc::new(SystemRandomness),
                turn: Arc::default(),
                two_persons: rules.door.two_person_waivers(),
                longest_days: rules.door.longest_waiver_days(),
            };
            let done = work(&desk, &backend).await.map_err(|error| self.pointing(error))?;
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
        ask(server, self.token.token()?.as_ref(), method, &segments, body)
    }
}

/// Who acts on the server's own machine: the user's name, as the system tells it. It is a name for
/// the record, and proves nothing that access to the data folder does not prove; the number tells one
/// person from another.
pub(super) fn operator() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().filter(fits).take(64).collect();
    let id = rustix::process::getuid().as_raw();
    if name.is_empty() { format!("local:{id}") } else { format!("local:{name} ({id})") }
}
