//! What a data folder has beside its entries.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use depaudit_ledger::SealKey;
use depaudit_store::{AuditLog, Contradiction, MetaStore, StoreError};
use indicatif::ProgressBar;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::beside::{Heard, disagreement};
use crate::ledger::{UNSIGNED, span};
use crate::output::progress_bar;

/// What is searched for and counted is compared with the entries, on threads of its own, while these are
/// verified.
pub(super) struct Own {
    log: Arc<dyn AuditLog>,
    /// None where the record lies alone.
    meta: Option<Arc<dyn MetaStore>>,
    runtime: Handle,
    length: u64,
    /// Whether the keys at hand are all that ever signed it.
    every_key: bool,
    /// What seals the events behind the newest checkpoint, where the key that signs is at hand.
    seal: Option<SealKey>,
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
        (log, meta): (Arc<dyn AuditLog>, Option<Arc<dyn MetaStore>>),
        length: u64,
        every_key: bool,
        seal: Option<SealKey>,
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
        Self { log, meta, runtime, length, every_key, seal, comparing, bar, ended }
    }

    /// Where both are seen to go on: `verified` more steps than it had.
    pub(super) fn bar(&self, verified: u64) -> ProgressBar {
        self.bar.inc_length(verified);
        self.bar.clone()
    }

    /// What is wrong beside the entries that were verified.
    pub(super) fn agrees(
        self,
        (verified, claimed): (u64, u64),
        heard: Option<Heard>,
    ) -> anyhow::Result<Option<String>> {
        let Self { log, meta, runtime, length, every_key, seal, comparing, ended, .. } = self;
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
        let (edge, head) = runtime.block_on(log.head())?;
        let has_seal = seal.is_some();
        let is_sealed = seal.is_some_and(|key| head.is_some_and(|head| head.is_of(&edge, &[key])));
        // What a command put on record while no server ran is sealed, and signed by the next one.
        if length > verified && !is_sealed && runtime.block_on(span(&*log, verified))? > UNSIGNED {
            return Ok(Some(format!(
                "the events from {verified} on came over more than {} seconds, and no checkpoint has them: \
                 checkpoints were removed, or none could be signed",
                UNSIGNED.as_secs()
            )));
        }
        if has_seal {
            let newest = claimed.max(verified);
            if edge.size() > newest && !is_sealed {
                return Ok(Some(format!(
                    "the events from {newest} on are not signed for, and nobody who holds the ledger's key \
                     vouches for them: they were put there or changed by other means"
                )));
            }
        }
        let Some(mut heard) = heard else { return Ok(None) };
        // With the key at hand, what is behind them was found to be under its seal.
        let vouched = has_seal;
        runtime.block_on(disagreement(&*log, meta.as_deref(), &mut heard, verified, vouched))
    }
}
