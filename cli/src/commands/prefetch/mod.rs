//! `depaudit prefetch`

mod kept;
pub(super) mod lock;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use depaudit_model::cargo::{Release, is_crates_io_lock_source};
use depaudit_model::event::{Event, EventKind};
use depaudit_model::terminal::printable;
use depaudit_model::{Clock, RegistryName};
use depaudit_proxy::download::Prefetched;
use depaudit_proxy::metrics::Metrics;
use depaudit_proxy::registry::RegistryEntry;
use depaudit_proxy::{Parts, Proxy};
use depaudit_store::Record;
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use url::Url;

use crate::args::TokenSource;
use crate::backend;
use crate::cargo_snippet::is_team_index;
use crate::config::serve::{ServeArgs, ServeConfig};
use crate::config::values::ByteSize;
use crate::exit::Exit;
use crate::system::{SystemClock, SystemRandomness};

use kept::KeptNames;
use lock::{Wanted, read_lock};

/// How many crates are fetched at the same time.
const AT_ONCE: usize = 16;

/// Fill the cache with everything that locks name, for builds without a network
///
/// Fetches the index entry and the crate of each locked package that comes from a configured
/// registry, verified against the lock's checksum. Works beside a running server on the same data.
/// With the server's --policy, no registry is asked for a name that is kept for internal packages.
/// The token goes to upstreams that are depaudit servers themselves, and to no other.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit prefetch --data depaudit-data services/*/Cargo.lock")]
pub struct PrefetchArgs {
    /// Cargo.lock files
    #[arg(required = true, value_name = "CARGO_LOCK")]
    locks: Vec<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    token: TokenSource,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    fetched: u64,
    fetched_bytes: u64,
    already_there: u64,
    /// From git, or from a registry that is not configured here: these an offline build has to get
    /// from elsewhere.
    skipped: Vec<String>,
    failed: Vec<String>,
}

/// Runs the command; the answer is negative when something could not be fetched.
///
/// # Errors
/// When a lock or the configuration is unusable.
pub fn run(args: PrefetchArgs) -> anyhow::Result<Exit> {
    let mut wanted = BTreeSet::new();
    let mut summary = Summary::default();
    for path in &args.locks {
        summary.skipped.extend(read_lock(path, &mut wanted)?.git);
    }
    let mut config = args.serve.resolve()?;
    show_token(&mut config, &args.token)?;
    let kept = KeptNames::read(&config.door)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the worker threads")?;
    runtime.block_on(async {
        let backend = backend::open(&config.data, &config.ledger.key).await?;
        let parts = Parts {
            blobs: Arc::clone(&backend.blobs),
            meta: Arc::clone(&backend.meta),
            log: Arc::clone(&backend.audit),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            metrics: Metrics::default(),
            cache_bytes: None,
        };
        // No client is told this address: nothing is served.
        let nowhere = Url::parse("http://127.0.0.1")?;
        let (proxy, outcomes) = Proxy::new(config.proxy_settings(nowhere), parts)?;
        let outcomes = tokio::spawn(outcomes);
        fetch_all(&proxy, &kept, wanted, &mut summary).await;
        let mut event = Event::new(EventKind::Administration, SystemClock.now());
        event.count = Some(summary.fetched);
        event.bytes = Some(summary.fetched_bytes);
        let event = event.with_detail(&format!("prefetched {} lock file(s)", args.locks.len()));
        backend.audit.append(vec![Record { event, client: None }]).await?;
        proxy.tidy_up(true).await;
        drop(proxy);
        outcomes.await?;
        backend.close().await?;
        anyhow::Ok(())
    })?;
    report(&summary, args.json)?;
    Ok(if summary.failed.is_empty() { Exit::Done } else { Exit::Negative })
}

/// Gives the token to the upstreams that are depaudit servers and have no token of their own.
fn show_token(config: &mut ServeConfig, source: &TokenSource) -> anyhow::Result<()> {
    let Some(token) = source.token()? else { return Ok(()) };
    let servers = config.registries.values_mut().filter(|upstream| is_team_index(&upstream.index));
    let mut shown = false;
    for upstream in servers.filter(|upstream| upstream.token.is_none()) {
        upstream.token = Some(token.clone().into_secret());
        shown = true;
    }
    ensure!(
        shown || source.token_file.is_none(),
        "--token-file: no upstream is a depaudit server that wants a token; give other registries \
         theirs in the configuration"
    );
    Ok(())
}

async fn fetch_all(
    proxy: &Arc<Proxy>,
    kept: &KeptNames,
    wanted: BTreeSet<Wanted>,
    summary: &mut Summary,
) {
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(wanted.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} crates  {msg}") {
        bar.set_style(style);
    }
    let mut results = futures_util::stream::iter(wanted)
        .map(|wanted| async move {
            let result = fetch_one(proxy, kept, &wanted).await;
            (wanted, result)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((wanted, result)) = results.next().await {
        bar.set_message(wanted.release.to_string());
        bar.inc(1);
        match result {
            Ok(Some(Prefetched::Fetched(bytes))) => {
                summary.fetched += 1;
                summary.fetched_bytes += bytes;
            }
            Ok(Some(Prefetched::There(_))) => summary.already_there += 1,
            Ok(None) => summary.skipped.push(format!("{} from {}", wanted.release, wanted.source)),
            Err(error) => summary.failed.push(named(&wanted.release, &error)),
        }
    }
    bar.finish_and_clear();
    summary.failed.sort();
    summary.skipped.sort();
}

/// Most errors name the release themselves.
fn named(release: &Release, error: &anyhow::Error) -> String {
    let (release, error) = (release.to_string(), format!("{error:#}"));
    if error.starts_with(&release) { error } else { format!("{release}: {error}") }
}

/// `None` when the package's registry is not configured here.
async fn fetch_one(
    proxy: &Proxy,
    kept: &KeptNames,
    wanted: &Wanted,
) -> anyhow::Result<Option<Prefetched>> {
    let Some(registry) = registry_of(proxy, &wanted.source) else { return Ok(None) };
    kept.check(&registry.name, &wanted.release.name)?;
    // The entry as it is now: it is what an offline build resolves with.
    proxy.index().view(registry, &wanted.release.name.to_index_key()).await?;
    Ok(Some(proxy.downloads().prefetch(registry, &wanted.release, wanted.checksum).await?))
}

fn registry_of<'a>(proxy: &'a Proxy, source: &str) -> Option<&'a Arc<RegistryEntry>> {
    if is_crates_io_lock_source(source) {
        return proxy.registry(&RegistryName::crates_io());
    }
    proxy.registries().values().find(|entry| entry.is_source(source))
}

fn report(summary: &Summary, json: bool) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(summary)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "fetched {} crate(s), {}; {} already there",
        summary.fetched,
        ByteSize(summary.fetched_bytes),
        summary.already_there,
    )?;
    for skipped in &summary.skipped {
        writeln!(out, "skipped: {}, which is no registry configured here", printable(skipped))?;
    }
    for failure in &summary.failed {
        writeln!(out, "failed: {}", printable(failure))?;
    }
    Ok(())
}
