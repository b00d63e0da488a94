//! What a data folder has beside its entries.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use depaudit_model::Timestamp;
use depaudit_store::{AuditLog, Contradiction, EventFilter, EventOrder, StoreError};
use indicatif::ProgressBar;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::output::progress_bar;

/// What is searched for and counted is compared with the entries, on threads of its own, while these are
/// verified.
pub(super) struct Own {
    log: Arc<dyn AuditLog>,
    runtime: Handle,
    length: u64,
    /// Whether the keys at hand are all that ever signed it.
    every_key: bool,
    comparing: JoinHandle<Result<Option<Contradiction>, StoreError>>,
    bar: ProgressBar,
    ended: Ended,
}

/// Ends the comparison when nobody wants to know any more.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Own {
    /// Begins to compare. `runtime` runs on another thread than this one.
    pub(super) fn compare(
        log: Arc<dyn AuditLog>,
        length: u64,
        every_key: bool,
        runtime: &Handle,
    ) -> Self {
        let bar = progress_bar(length, "entries verified, and compared with what is searched for");
        let ended = Ended(Arc::default());
        let so_far = {
            let (bar, ended, last) = (bar.clone(), Arc::clone(&ended.0), AtomicU64::new(0));
            move |compared: u64| {
                let before = last.fetch_max(compared, Ordering::Relaxed);
                bar.inc(compared.saturating_sub(before));
                match ended.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            }
        };
        let compared = Arc::clone(&log);
        let comparing = async move { compared.contradiction(Arc::new(so_far)).await };
        let (comparing, runtime) = (runtime.spawn(comparing), runtime.clone());
        Self { log, runtime, length, every_key, comparing, bar, ended }
    }

    /// Where both are seen to go on: `verified` more steps than it had.
    pub(super) fn bar(&self, verified: u64) -> ProgressBar {
        self.bar.inc_length(verified);
        self.bar.clone()
    }

    /// What is wrong beside the entries that were verified.
    pub(super) fn agrees(self, verified: u64, claimed: u64) -> anyhow::Result<Option<String>> {
        let Self { log, runtime, length, every_key, comparing, ended, .. } = self;
        let contradiction = runtime.block_on(comparing)??;
        drop(ended);
        if let Some(contradiction) = contradiction {
            return Ok(Some(contradiction.to_string()));
        }
        if every_key && claimed > verified {
            return Ok(Some(format!(
                "the newest checkpoint, of {claimed} entries, is by none of the keys: {verified} entries \
                 are signed for"
            )));
        }
        if length > verified && runtime.block_on(span(&*log, verified))? > UNSIGNED {
            return Ok(Some(format!(
                "the events from {verified} on came over more than {} seconds, and no checkpoint has them: \
                 checkpoints were removed, or none could be signed",
                UNSIGNED.as_secs()
            )));
        }
        Ok(None)
    }
}

/// How far apart events can be that no checkpoint has: one is signed within a second of each, and a disk
/// that is full makes that later.
const UNSIGNED: Duration = Duration::from_secs(60);

/// How much time lies between an event and the newest one.
async fn span(log: &dyn AuditLog, from: u64) -> anyhow::Result<Duration> {
    let from = EventFilter { from, ..EventFilter::default() };
    let time = async |order| -> anyhow::Result<Option<Timestamp>> {
        let read = log.read(&from, order, 1).await?;
        Ok(read.first().map(|stored| stored.event.time))
    };
    let first = time(EventOrder::OldestFirst).await?;
    let last = time(EventOrder::NewestFirst).await?;
    Ok(first.zip(last).and_then(|(first, last)| last.since(first)).unwrap_or_default())
}
