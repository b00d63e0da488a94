//! What a depaudit server knows of the default registry.

mod crates;
mod withdrawal;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use depaudit_auditor::{Facts, PublishedRelease, Withdrawal};
use depaudit_model::cargo::{CrateName, PackageFiles, Release};
use depaudit_model::{AccessToken, LockedCrate, OnRecord, RegistryName, TeamId};
use depaudit_proxy::upstream::client::HttpUpstream;
use depaudit_proxy::upstream::{
    DocumentKind, Upstream, UpstreamError, UpstreamLimits, UpstreamRequest, UpstreamSettings,
};
use depaudit_store::Validators;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use url::Url;

use super::{RecordClient, crates, line};
use crate::args::ServerUrl;
use crate::cargo_snippet;
use crate::crates::LARGEST_CRATE;
use crate::http;

/// How many crates are asked for at the same time.
const AT_ONCE: usize = 16;

/// After so many failures the server is left alone: it is away.
const MOST_FAILURES: usize = 3;

/// How long a scan asks, all in all. What has no answer by then is unknown.
const LONGEST: Duration = Duration::from_secs(300);

/// Far above the largest entry of crates.io.
const LIMITS: UpstreamLimits = UpstreamLimits {
    connect: Duration::from_secs(5),
    index_bytes: 16 << 20,
    crate_bytes: LARGEST_CRATE,
    redirects: 0,
    ..UpstreamLimits::DEFAULT
};

type Releases = Option<Arc<[PublishedRelease]>>;

/// A depaudit server.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    upstream: HttpUpstream,
    /// The server's own address.
    server: ServerUrl,
    /// In whose name it is asked.
    team: TeamId,
    /// What names another one.
    team_flag: &'static str,
    /// The base of the index.
    index: Url,
    deadline: OnceLock<Instant>,
    /// Whether the server serves the index at all; asked before anything else, since a server that
    /// does not know the team says of every crate that it is not there.
    serves: OnceCell<bool>,
    /// Each crate is asked for once.
    asked: Mutex<HashMap<CrateName, Arc<OnceCell<Releases>>>>,
    /// Each release that is marked as withdrawn is asked about once.
    withdrawals: Mutex<HashMap<Release, Arc<OnceCell<Withdrawal>>>>,
    record: RecordClient,
    /// What the record has said.
    recorded: Mutex<HashMap<LockedCrate, OnRecord>>,
    failures: AtomicUsize,
    /// Why the server told nothing, or not everything: the first reason.
    why: OnceLock<String>,
}

impl Server {
    /// Opens no connection. `team_flag` is the flag of the command that names the team.
    ///
    /// # Errors
    /// When the machine gives no threads or no means to speak HTTP.
    pub fn new(
        server: &ServerUrl,
        (team_flag, team): (&'static str, Option<&TeamId>),
        token: Option<AccessToken>,
    ) -> anyhow::Result<Self> {
        let team = team.cloned().unwrap_or_else(TeamId::of_scans);
        let crates_io = RegistryName::crates_io();
        let index = cargo_snippet::index_url(server.as_url(), &team, &crates_io);
        let mut settings = UpstreamSettings::new(index.clone());
        settings.limits = LIMITS;
        settings.token = token.clone().map(AccessToken::into_secret);
        let record = RecordClient::new(server, team.clone(), token)?;
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .context("cannot start a thread for asking the server")?,
            upstream: HttpUpstream::new(&settings)?,
            server: server.clone(),
            team: team.clone(),
            team_flag,
            index,
            deadline: OnceLock::new(),
            serves: OnceCell::new(),
            asked: Mutex::default(),
            withdrawals: Mutex::default(),
            record,
            recorded: Mutex::default(),
            failures: AtomicUsize::new(0),
            why: OnceLock::new(),
        })
    }

    /// See [`super::Source::origin`].
    pub fn origin(&self) -> Option<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.values().filter(|cell| matches!(cell.get(), Some(Some(_)))).count();
        (count > 0).then(|| format!("the server {}, {}", self.server, crates(count)))
    }

    /// See [`super::Source::warning`].
    pub fn warning(&self) -> Option<String> {
        let why = self.why_not()?;
        let shown = &self.server;
        Some(format!("the server {shown} did not tell all that has been published: {why}"))
    }

    /// Why it told nothing, or not everything.
    pub fn why_not(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    async fn releases_of(&self, name: &CrateName) -> Releases {
        let cell = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(asked.entry(name.clone()).or_default())
        };
        cell.get_or_init(|| self.ask(name)).await.clone()
    }

    async fn ask(&self, name: &CrateName) -> Releases {
        if !*self.serves.get_or_init(|| self.ask_for_index()).await {
            return None;
        }
        let body = match self.get(&name.index_path()).await? {
            // The server says so only of what the registry does not have, never of an outage.
            Answer::Missing => return Some(Arc::default()),
            Answer::Body(body) => body,
        };
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let releases: Arc<[_]> = lines.filter_map(|bytes| line::read(name, bytes)).collect();
        // Something was sent, and none of it was a line: a page that somebody put in between.
        (!releases.is_empty()).then_some(releases)
    }

    async fn ask_for_index(&self) -> bool {
        match self.get("config.json").await {
            Some(Answer::Body(body)) => {
                let config: Result<serde_json::Value, _> = serde_json::from_slice(&body);
                let usable = config.is_ok_and(|config| config.get("dl").is_some());
                if !usable {
                    self.explain("what it serves is no index".to_owned());
                }
                usable
            }
            Some(Answer::Missing) => {
                let Self { team, team_flag, .. } = self;
                self.explain(format!(
                    "it does not serve crates-io to the team `{team}`; name another with {team_flag}"
                ));
                false
            }
            None => false,
        }
    }

    /// `None` when there is no answer that says anything.
    async fn get(&self, path: &str) -> Option<Answer> {
        match self.index.join(path) {
            Ok(url) => self.get_document(url, DocumentKind::Index).await,
            Err(_) => None,
        }
    }

    async fn get_document(&self, url: Url, kind: DocumentKind) -> Option<Answer> {
        let deadline = *self.deadline.get_or_init(|| Instant::now() + LONGEST);
        if self.failures.load(Ordering::Relaxed) >= MOST_FAILURES {
            return None;
        }
        match tokio::time::timeout_at(deadline.into(), self.fetch(url, kind)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => {
                // A server whose own upstream is away says so of one crate, and knows others.
                let away =
                    matches!(error, UpstreamError::Unreachable(_) | UpstreamError::TooSlow(_));
                self.failures.fetch_add(usize::from(away), Ordering::Relaxed);
                self.explain(error.to_string());
            }
            Err(_) => self.explain(format!("it took more than {} s", LONGEST.as_secs())),
        }
        None
    }

    async fn fetch(&self, url: Url, kind: DocumentKind) -> Result<Answer, UpstreamError> {
        let request = UpstreamRequest { url, validators: Validators::default(), kind };
        let response = self.upstream.get(request).await?;
        match response.status.as_u16() {
            200 => {
                let body = response.body.try_fold(Vec::new(), |mut body, chunk| async move {
                    body.extend_from_slice(&chunk);
                    Ok(body)
                });
                Ok(Answer::Body(body.await?))
            }
            404 => Ok(Answer::Missing),
            status @ 401 => Err(refused(status, "it asks for a token that holds: --token-file")),
            // Of a token, or of a policy: the server says which, and what to do.
            status @ 403 => {
                let told = reason(response.body).await;
                Err(refused(status, told.as_deref().unwrap_or("the server does not say why")))
            }
            status => Err(UpstreamError::Unexpected(status.to_string())),
        }
    }

    /// Asks the record about what it was not asked about yet.
    async fn ask_record(&self, locked: &[LockedCrate]) {
        let new: Vec<_> = {
            let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
            locked.iter().filter(|locked| !recorded.contains_key(locked)).cloned().collect()
        };
        if new.is_empty() || !*self.serves.get_or_init(|| self.ask_for_index()).await {
            return;
        }
        match self.record.ask(&RegistryName::crates_io(), &new).await {
            Ok(answers) => {
                let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
                recorded.extend(new.into_iter().zip(answers));
            }
            Err(error) => self.explain(error.to_string()),
        }
    }

    /// Keeps the first reason: those behind it mostly follow from it.
    fn explain(&self, why: String) {
        let _ = self.why.set(why);
    }
}

/// What a refusal says, for people.
async fn reason(body: impl Stream<Item = Result<Bytes, UpstreamError>>) -> Option<String> {
    let mut said = Vec::new();
    let mut body = std::pin::pin!(body);
    while let Some(Ok(chunk)) = body.next().await {
        said.extend_from_slice(&chunk);
        if said.len() >= http::LONGEST_SAID {
            break;
        }
    }
    http::said(&said)
}

fn refused(status: u16, what_to_do: &str) -> UpstreamError {
    UpstreamError::Unexpected(format!("{status}; {what_to_do}"))
}

enum Answer {
    Body(Vec<u8>),
    Missing,
}

impl Facts for Server {
    /// Downloaded in the name of the team that asks, which is on the server's record.
    fn release_files(&self, release: &Release) -> Option<Arc<PackageFiles>> {
        self.crate_file(release)?.files(release).ok().map(Arc::new)
    }

    fn releases(&self, name: &CrateName) -> Releases {
        self.runtime.block_on(self.releases_of(name))
    }

    fn withdrawal(&self, release: &Release) -> Withdrawal {
        self.runtime.block_on(self.withdrawal_of(release))
    }

    fn has_record(&self) -> bool {
        true
    }

    fn on_record(&self, locked: &LockedCrate) -> Option<OnRecord> {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.get(locked).cloned()
    }

    fn expect_on_record(&self, locked: &[LockedCrate]) {
        self.runtime.block_on(self.ask_record(locked));
    }

    fn expect(&self, names: &[CrateName]) {
        let names: HashSet<_> = names.iter().collect();
        self.runtime.block_on(async {
            let asked = futures_util::stream::iter(names).map(|name| self.releases_of(name));
            asked.buffer_unordered(AT_ONCE).for_each(|_| std::future::ready(())).await;
        });
    }
}
