//! What `serve` is told: flags, then variables, then the file, then defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use depaudit_model::{RegistryName, TeamId};
use depaudit_proxy::oidc::IssuerSettings;
use depaudit_proxy::settings::{Authentication, Guarded, Recording, Settings};
use depaudit_proxy::upstream::UpstreamSettings;
use serde::Deserialize;
use url::Url;

use super::discreet::discreet;
use super::file::{ConfigFile, WitnessTable};
use crate::door::DoorFiles;
use crate::ledger::{KeyPlace, LedgerPlaces, Push};

use super::guarded;
use super::login::{LoginArgs, LoginConfig};
use super::oidc;
use super::sign_on::{self, SignOnConfig};
use super::upstreams;
use super::values::{ByteSize, Span, UpstreamFlag};

/// Where `serve` listens when nobody says otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8417";
/// Where data is kept when nobody says otherwise.
pub const DEFAULT_DATA: &str = "depaudit-data";

/// The flags of `serve`. Each has a variable, and a key in the configuration file.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8417]
    #[arg(long, value_name = "ADDRESS", env = "DEPAUDIT_LISTEN", hide_env_values = true)]
    pub listen: Option<String>,
    /// Folder for crates, index and records; made when absent [default: depaudit-data]
    #[arg(long, value_name = "DIR", env = "DEPAUDIT_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// The address that clients use, when it is not the one listened on (behind a load balancer, say)
    #[arg(
        long,
        value_name = "URL",
        env = "DEPAUDIT_PUBLIC_URL",
        value_parser = discreet::<Url>(),
        hide_env_values = true
    )]
    pub public_url: Option<Url>,
    /// A registry behind this proxy; repeatable. `crates-io` is there by default
    #[arg(
        long,
        value_name = "NAME=SPARSE_URL",
        env = "DEPAUDIT_UPSTREAM",
        value_parser = discreet::<UpstreamFlag>(),
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub upstream: Vec<UpstreamFlag>,
    /// Serve only this team; repeatable. Without any, every team name is served
    #[arg(
        long,
        value_name = "NAME",
        env = "DEPAUDIT_TEAM",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub team: Vec<TeamId>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Certificate chain (PEM); with --tls-key, serves TLS and HTTP/2. Reloaded when it changes
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_TLS_CERT", hide_env_values = true)]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM)
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_TLS_KEY", hide_env_values = true)]
    pub tls_key: Option<PathBuf>,
    /// The policy to enforce: depaudit.toml, its `[door]` above all. Read again when it changes
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_POLICY", hide_env_values = true)]
    pub policy: Option<PathBuf>,
    /// A folder or git checkout of the RustSec advisory database. Read again when it changes
    #[arg(long, value_name = "DIR", env = "DEPAUDIT_ADVISORIES", hide_env_values = true)]
    pub advisories: Option<PathBuf>,
    /// The ledger's signing key [default: DEPAUDIT_LEDGER_KEY, or ledger.key in the data folder]
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_LEDGER_KEY_FILE", hide_env_values = true)]
    pub ledger_key: Option<PathBuf>,
    /// A file or http address that each signed checkpoint is brought to; repeatable
    #[arg(
        long,
        value_name = "PLACE",
        env = "DEPAUDIT_LEDGER_PUSH",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub ledger_push: Vec<String>,
    /// How old an index view may be while the upstream answers [default: 60s]
    #[arg(long, value_name = "TIME", env = "DEPAUDIT_FRESHNESS", hide_env_values = true)]
    pub freshness: Option<Span>,
    /// Whether a team's index and crates need one of its tokens (`depaudit token`) [default: off]
    #[arg(long, value_name = "MODE", env = "DEPAUDIT_AUTH", hide_env_values = true)]
    pub auth: Option<AuthMode>,
    /// Who may look at pages.
    #[command(flatten)]
    pub login: LoginArgs,
    /// What to do when the record cannot be written: refuse (strict), or serve and note the gap
    #[arg(long, value_name = "MODE", env = "DEPAUDIT_RECORD", hide_env_values = true)]
    pub record: Option<RecordMode>,
    /// Keep at most this many bytes of crates, dropping the ones used longest ago [default: all]
    #[arg(long, value_name = "BYTES", env = "DEPAUDIT_MAX_CACHE_BYTES", hide_env_values = true)]
    pub max_cache_bytes: Option<ByteSize>,
    /// Memory for index views [default: 256MiB]
    #[arg(long, value_name = "BYTES", env = "DEPAUDIT_INDEX_MEMORY", hide_env_values = true)]
    pub index_memory: Option<ByteSize>,
    /// Memory for crates [default: 128MiB]
    #[arg(long, value_name = "BYTES", env = "DEPAUDIT_CRATE_MEMORY", hide_env_values = true)]
    pub crate_memory: Option<ByteSize>,
    /// Connections at the same time; further ones wait [default: 1024]
    #[arg(long, value_name = "N", env = "DEPAUDIT_MAX_CONNECTIONS", hide_env_values = true)]
    pub max_connections: Option<NonZeroUsize>,
    /// Days for which a team's reports are kept; the newest of each branch stays [default: 400]
    #[arg(long, value_name = "N", env = "DEPAUDIT_REPORT_DAYS", hide_env_values = true)]
    pub report_days: Option<u16>,
    /// HTTP proxy for connections to upstreams
    #[arg(
        long,
        value_name = "URL",
        env = "DEPAUDIT_OUTBOUND_PROXY",
        value_parser = discreet::<Url>(),
        hide_env_values = true
    )]
    pub outbound_proxy: Option<Url>,
    /// How log lines are written [default: text]
    #[arg(long, value_name = "FORMAT", env = "DEPAUDIT_LOG_FORMAT", hide_env_values = true)]
    pub log_format: Option<LogFormat>,
    /// What is logged: error, warn, info, debug, or a filter such as depaudit_proxy=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "DEPAUDIT_LOG", hide_env_values = true)]
    pub log: Option<String>,
}

/// `--auth`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMode {
    /// 401 without a valid token.
    Required,
    /// Whoever reaches the server is served.
    Off,
}

/// `--record`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordMode {
    /// 503 when a request cannot be put on record.
    Strict,
    /// Serve; the gap goes on record later.
    BestEffort,
}

/// `--log-format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What `serve` does, everything decided.
#[derive(Debug)]
pub struct ServeConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where data is kept.
    pub data: PathBuf,
    /// The public address, where one was given.
    pub public_url: Option<Url>,
    /// The registries.
    pub registries: BTreeMap<RegistryName, UpstreamSettings>,
    /// The teams, where they were listed.
    pub teams: Option<BTreeSet<TeamId>>,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What the doors go by.
    pub door: DoorFiles,
    /// The ledger's key, and who sees its checkpoints.
    pub ledger: LedgerPlaces,
    /// See [`Settings::freshness`].
    pub freshness: Duration,
    /// See [`Settings::authentication`].
    pub authentication: Authentication,
    /// See [`Settings::guarded`].
    pub guarded: Guarded,
    /// See [`Settings::issuers`].
    pub issuers: Vec<IssuerSettings>,
    /// Who may look at pages.
    pub login: LoginConfig,
    /// Who else says who people are.
    pub sign_on: Option<SignOnConfig>,
    /// See [`Settings::recording`].
    pub recording: Recording,
    /// At most this many bytes of crates.
    pub max_cache_bytes: Option<u64>,
    /// See [`Settings::index_memory`].
    pub index_memory: Option<u64>,
    /// See [`Settings::crate_memory`].
    pub crate_memory: Option<u64>,
    /// Connections at the same time.
    pub max_connections: Option<NonZeroUsize>,
    /// Days for which reports are kept that are not the newest of their branch.
    pub report_days: u16,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

impl ServeArgs {
    /// Brings flags, variables, file and defaults together.
    ///
    /// # Errors
    /// When the file or a value is wrong, or values contradict each other.
    pub fn resolve(self) -> anyhow::Result<ServeConfig> {
        let file = match &self.config {
            Some(path) => ConfigFile::read(path)?,
            None => ConfigFile::default(),
        };
        let teams = if self.team.is_empty() { file.team.clone() } else { Some(self.team) };
        let teams: Option<BTreeSet<_>> = teams.map(|teams| teams.into_iter().collect());
        let login = self.login.resolve(&file, teams.as_ref())?;
        let listen = self.listen.or(file.listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen = resolve_listen(&listen)?;
        let public_url = self.public_url.or(file.public_url).map(check_public_url).transpose()?;
        if public_url.is_none() && listen.ip().is_unspecified() {
            bail!(
                "listening on {listen} needs --public-url: the address that clients use goes into \
                 what they are told to download from"
            );
        }
        let guarded = guarded::resolve(&file.upstream, &file.teams, teams.as_ref())?;
        let tls = match (self.tls_cert.or(file.tls_cert), self.tls_key.or(file.tls_key)) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) => bail!("--tls-cert needs --tls-key"),
            (None, Some(_)) => bail!("--tls-key needs --tls-cert"),
        };
        let data = self.data.or(file.data).unwrap_or_else(|| DEFAULT_DATA.into());
        let push = if self.ledger_push.is_empty() { file.ledger_push } else { self.ledger_push };
        let ledger = LedgerPlaces {
            key: KeyPlace::choose(self.ledger_key.or(file.ledger_key), &data),
            push: push.iter().map(|place| Push::read(place)).collect::<Result<_, _>>()?,
            witnesses: file
                .ledger_witness
                .into_iter()
                .map(WitnessTable::read)
                .collect::<Result<_, _>>()?,
        };
        let outbound_proxy = self.outbound_proxy.or(file.outbound_proxy);
        Ok(ServeConfig {
            listen,
            data,
            ledger,
            public_url,
            registries: upstreams::resolve(self.upstream, file.upstream, outbound_proxy.as_ref())?,
            sign_on: sign_on::resolve(file.sign_on, teams.as_ref(), outbound_proxy.as_ref())?,
            issuers: oidc::resolve(file.oidc, teams.as_ref(), outbound_proxy.as_ref())?,
            teams,
            guarded,
            login,
            tls,
            door: DoorFiles {
                policy: self.policy.or(file.policy),
                advisories: self.advisories.or(file.advisories),
            },
            freshness: self
                .freshness
                .or(file.freshness)
                .map_or(Duration::from_secs(60), |span| span.0),
            authentication: match self.auth.or(file.auth) {
                Some(AuthMode::Required) => Authentication::Required,
                Some(AuthMode::Off) | None => Authentication::Off,
            },
            recording: match self.record.or(file.record) {
                Some(RecordMode::BestEffort) => Recording::BestEffort,
                Some(RecordMode::Strict) | None => Recording::Strict,
            },
            max_cache_bytes: self.max_cache_bytes.or(file.max_cache_bytes).map(|size| size.0),
            index_memory: self.index_memory.or(file.index_memory).map(|size| size.0),
            crate_memory: self.crate_memory.or(file.crate_memory).map(|size| size.0),
            max_connections: self.max_connections.or(file.max_connections),
            report_days: self.report_days.or(file.report_days).unwrap_or(400),
            log_format: self.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log: self.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

impl ServeConfig {
    /// The proxy's part of it.
    #[must_use]
    pub fn proxy_settings(&self, public_url: Url) -> Settings {
        let mut settings = Settings::new(public_url, self.registries.clone());
        settings.teams.clone_from(&self.teams);
        settings.freshness = self.freshness;
        settings.authentication = self.authentication;
        settings.guarded.clone_from(&self.guarded);
        settings.issuers.clone_from(&self.issuers);
        settings.recording = self.recording;
        settings.index_memory = self.index_memory.unwrap_or(settings.index_memory);
        settings.crate_memory = self.crate_memory.unwrap_or(settings.crate_memory);
        settings
    }
}

/// A name such as `localhost:8417` is looked up; the first answer counts.
fn resolve_listen(text: &str) -> anyhow::Result<SocketAddr> {
    let mut found = std::net::ToSocketAddrs::to_socket_addrs(text).with_context(|| {
        format!("--listen {text}: expected an address and a port, such as {DEFAULT_LISTEN}")
    })?;
    found.next().with_context(|| format!("--listen {text}: the name has no address"))
}

fn check_public_url(url: Url) -> anyhow::Result<Url> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !plain {
        bail!("--public-url is an http or https address without user, query or fragment");
    }
    Ok(url)
}
