//! `depaudit serve`

pub(super) mod access;
mod ledger_door;
mod policy_desk;
pub(super) mod portfolio_door;
mod ready;
mod rulings;
mod sign_on;
mod signals;

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::{RegistryName, TeamId};
use depaudit_proxy::metrics::Metrics;
use depaudit_proxy::server::{self, ServerSettings, TlsFiles};
use depaudit_proxy::settings::Authentication;
use depaudit_proxy::{Parts, Proxy};
use depaudit_web::{
    Connecting, Following, LedgerState, OperationsState, PortfolioService, Room, Site,
};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use url::Url;

use crate::args::Next;
use crate::backend::{self, Backend};
use crate::cargo_snippet;
use crate::config::serve::{ServeArgs, ServeConfig};
use crate::door;
use crate::exit::Exit;
use crate::ledger::{Signer, sign_rest};
use crate::logging;
use crate::system::{SystemClock, SystemRandomness};
use access::{WebPages, access, behind_doors, own_name};
use ledger_door::Door;
use policy_desk::ServerDesk;
use ready::Ready;
use rulings::DoorRulings;
pub(super) use signals::Signals;

/// How long outcomes may take to be written at the end.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// Run the proxy: a caching, verifying crate registry with a record of every decision
///
/// Every flag is a key of the configuration file as well (`--max-cache-bytes` is `max-cache-bytes`), and
/// a variable (`DEPAUDIT_MAX_CACHE_BYTES`). A flag beats a variable, a variable beats the file.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit serve\n  depaudit serve --listen 0.0.0.0:8417 --public-url \
                        https://crates.example.com --data /var/lib/depaudit"
)]
pub struct ServeCommand {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Runs the proxy until SIGTERM or SIGINT.
///
/// # Errors
/// When the configuration is wrong, the data folder cannot be used or the address is taken; and when the
/// disk of the data folder fails.
pub fn run(args: ServeCommand) -> anyhow::Result<Exit> {
    let config = args.serve.resolve()?;
    logging::start(config.log_format, &config.log)?;
    attended(config, Box::new(announce))
}

/// What is printed when the server listens: it is given the public address, what a team pastes, and the
/// configuration.
pub(super) type Greeting =
    Box<dyn FnOnce(&Url, &Connecting, &ServeConfig) -> std::io::Result<()> + Send>;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// As [`run`].
pub(super) fn attended(config: ServeConfig, greeting: Greeting) -> anyhow::Result<Exit> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the worker threads")?;
    let ended = runtime.block_on(async {
        let backend = backend::open(&config.data, &config.ledger.key).await?;
        let tls = match &config.tls {
            Some((cert, key)) => Some(Arc::new(TlsFiles::load(cert, key)?)),
            None => None,
        };
        let signals = Signals::listen()?;
        let (stop, stopped) = oneshot::channel();
        // The sender is dropped only after a second signal.
        let stopped = async move { drop(stopped.await) };
        tokio::select! {
            ended = serve(config, backend, tls.clone(), stopped, greeting) => ended,
            name = signals.attend(tls.as_ref(), stop) => {
                bail!("{name} for the second time: stopped without waiting for anything")
            }
        }
    });
    // Whatever still runs is given up: it was waited for as long as anybody wanted.
    runtime.shutdown_background();
    ended.map(|()| Exit::Done)
}

async fn serve(
    config: ServeConfig,
    backend: Backend,
    tls: Option<Arc<TlsFiles>>,
    stopped: impl Future<Output = ()>,
    greeting: Greeting,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr().context("cannot tell the address listened on")?;
    let public_url = match &config.public_url {
        Some(url) => url.clone(),
        None => {
            let scheme = if tls.is_some() { "https" } else { "http" };
            Url::parse(&format!("{scheme}://{address}")).context("the address makes no URL")?
        }
    };
    if config.authentication == Authentication::Off && !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "whoever reaches this address is served in any team's name; --auth required asks for \
             the teams' tokens"
        );
    }
    let key = config.ledger.key.read()?.context("the ledger's key is gone")?;
    tracing::info!(verifier = %key.current.verifier(), "the key that signs the ledger");
    let metrics = Metrics::default();
    let mut registry = prometheus_client::registry::Registry::default();
    metrics.register(&mut registry);
    let parts = Parts {
        blobs: Arc::clone(&backend.blobs),
        meta: Arc::clone(&backend.meta),
        log: Arc::clone(&backend.audit),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        metrics,
        cache_bytes: config.max_cache_bytes,
    };
    let (proxy, outcomes) = Proxy::new(config.proxy_settings(public_url.clone()), parts)?;
    let outcomes = tokio::spawn(outcomes);
    // Before anything is served: a server must not begin with fewer rules than it was given.
    let (rules, seen) = config.door.read()?;
    let in_force = if config.door.is_empty() {
        proxy.begin_without_policy().await
    } else {
        proxy.change_policy(rules).await
    };
    in_force.context("the policy cannot be put on record, so it is not in force")?;
    let signer = Signer::new(Arc::clone(&backend.audit), config.ledger.clone())?;
    let trouble = signer.trouble();
    let signing = tokio::spawn(signer.run());
    // Before anything is served: whoever has a waiver must not meet a closed door after a restart.
    proxy.refresh_waivers().await?;
    let waivers = tokio::spawn(door::watch_waivers(Arc::clone(&proxy)));
    let watching = tokio::spawn(door::watch(config.door.clone(), seen, Arc::clone(&proxy)));
    let housekeeping = tokio::spawn(Arc::clone(&proxy).keep_house());
    let connecting = Connecting {
        snippet: snippet(&config, &public_url)?,
        team: shown_team(&config)?,
        by_token: proxy.asks_for_tokens(),
    };
    let operations = OperationsState {
        metrics: Arc::new(registry),
        readiness: Arc::new(Ready::new(&backend, Arc::clone(&proxy), trouble)),
    };
    let place = (address, &public_url);
    let access = access(&config, &backend, &proxy, place)?;
    let ledger = LedgerState {
        log: Arc::clone(&backend.audit),
        door: Arc::new(Door { access: Arc::clone(&access), key: config.ledger.key.clone() }),
    };
    let (site, own) = (Site::at(public_url.clone()), own_name(&access, place));
    let site = match (&own, std::path::absolute(&config.data)) {
        (Some(_), Ok(data)) => site.beside(&data),
        _ => site,
    };
    let why = Arc::new(WebPages { site: site.clone(), access: Arc::clone(&access), own });
    let portfolio = PortfolioService::new(portfolio_door::state(
        &config,
        &backend,
        &proxy,
        &access,
        &public_url,
    ));
    let desk = Arc::new(ServerDesk::new(Arc::clone(&proxy)));
    // Whoever follows the record is let go at the stop: it would be waited for otherwise.
    let (stopping, following) = watch::channel(false);
    let following = Following::until(following);
    let stopped = async move {
        stopped.await;
        let _ = stopping.send(true);
    };
    let rulings = Arc::new(DoorRulings { proxy: Arc::clone(&proxy) });
    let room = Room::new(
        site.clone(),
        connecting.clone(),
        Arc::clone(&portfolio),
        Arc::clone(&access),
        desk,
        rulings,
        following,
    );
    let pages = depaudit_proxy::waivers::api::router(Arc::clone(&proxy))
        .merge(depaudit_web::operations_router(operations))
        .merge(depaudit_web::ledger_router(ledger))
        .merge(depaudit_web::portfolio_router(portfolio))
        .merge(depaudit_web::openapi_router())
        .merge(depaudit_web::stylesheet_router())
        .merge(depaudit_web::script_router())
        .merge(depaudit_web::connect_page_router(&site, &connecting))
        .merge(depaudit_web::pages_router(room));
    let app = depaudit_proxy::handler::router_with_pages(Arc::clone(&proxy), why)
        .merge(depaudit_web::health_router())
        .merge(behind_doors(pages, &access, place));
    // It holds the proxy, whose last outcomes are waited for at the end.
    drop(access);
    if let Err(error) = greeting(&public_url, &connecting, &config) {
        // Nobody reads it (`serve | head -1`, a closed terminal): no reason not to serve.
        tracing::debug!(%error, "the greeting was not printed");
    }
    let mut settings = ServerSettings::default();
    settings.connections = config.max_connections.map_or(settings.connections, NonZeroUsize::get);
    let outcome = tokio::select! {
        outcome = server::serve(listener, app, settings, tls, stopped) => outcome,
        broken = backend.broken() => {
            return Err(anyhow::Error::new(broken).context(
                "stopped at once, since nothing can be put on record any more; what was answered is on \
                 record. Look after the disk of the data folder, then start again",
            ));
        }
    };
    tracing::info!(?outcome, "stopped");
    housekeeping.abort();
    watching.abort();
    waivers.abort();
    signing.abort();
    proxy.abandon_fetches();
    proxy.tidy_up(true).await;
    drop(proxy);
    if tokio::time::timeout(LAST_WRITES, outcomes).await.is_err() {
        tracing::warn!("some outcomes of downloads were not written in time");
    }
    if let Err(error) = sign_rest(&backend.audit, &config.ledger.key).await {
        // The next start signs it.
        tracing::warn!(error = format!("{error:#}"), "the last events are not signed for");
    }
    backend.close().await
}

/// Each connection and each open crate is a file descriptor; the soft limit is often 1,024, which the
/// connections alone would use up. The hard limit is the operator's and stays.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    const ENOUGH: u64 = 65_536;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= ENOUGH) {
        return;
    }
    limit.current = Some(limit.maximum.unwrap_or(ENOUGH).min(ENOUGH));
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// What a team pastes: for the first team that is configured, or for one to be filled in.
fn snippet(config: &ServeConfig, public_url: &Url) -> anyhow::Result<String> {
    Ok(cargo_snippet::snippet(public_url, &shown_team(config)?))
}

fn shown_team(config: &ServeConfig) -> anyhow::Result<TeamId> {
    match config.teams.as_ref().and_then(|teams| teams.first()) {
        Some(team) => Ok(team.clone()),
        None => Ok("my-team".parse()?),
    }
}

fn announce(public_url: &Url, shown: &Connecting, config: &ServeConfig) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "depaudit listens on {public_url}, data in {}", config.data.display())?;
    let Connecting { snippet, team, by_token } = shown;
    let init = |words: &[&str]| {
        let words = ["init", "--team", team.as_str()].into_iter().chain(words.iter().copied());
        Next::new(words).flag("--server", public_url)
    };
    let it = init(&[]);
    writeln!(out, "\nFor .cargo/config.toml of a repository (or run `{it}` in it):\n")?;
    writeln!(out, "{}", snippet.trim_end())?;
    if *by_token {
        let told = cargo_snippet::by_token(team, &RegistryName::crates_io());
        writeln!(out, "\n{told}")?;
    }
    for name in config.registries.keys().filter(|name| **name != RegistryName::crates_io()) {
        let it = init(&["--registry", name.as_str()]);
        writeln!(out, "\nFor the registry `{name}`: {it} --upstream ...")?;
    }
    out.flush()?;
    Ok(())
}
