//! What witnesses have cosigned, kept with the checkpoint that they saw.

use std::sync::Arc;
use std::time::Duration;

use depaudit_ledger::{Checkpoint, Signature, SignedNote};
use depaudit_store::{AuditLog, KeptCheckpoint};
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::sign::{day, keep};
use super::{Witness, witness};
use crate::system::SystemClock;
use depaudit_model::Clock;

/// How often witnesses are asked, and how long one has.
const PAUSE: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest checkpoint and its note, once there is one.
pub(super) type Newest = Option<(Checkpoint, String)>;

/// Asks witnesses about the newest checkpoint: at once, and then every few seconds while there is a newer
/// one, or one of them has not cosigned.
pub(super) struct Witnessed {
    log: Arc<dyn AuditLog>,
    witnesses: Vec<Witness>,
    client: reqwest::Client,
    /// The checkpoints that stay for their cosignatures alone, and who gave them.
    staying: Vec<(u64, Vec<u32>)>,
}

impl Witnessed {
    /// `None` without witnesses.
    pub(super) fn new(
        log: Arc<dyn AuditLog>,
        witnesses: Vec<Witness>,
        client: reqwest::Client,
    ) -> Option<Self> {
        (!witnesses.is_empty()).then_some(Self { log, witnesses, client, staying: Vec::new() })
    }

    /// Works until nobody signs any more.
    pub(super) async fn follow(mut self, mut newest: watch::Receiver<Newest>) {
        let mut all_cosigned = true;
        loop {
            if all_cosigned && newest.changed().await.is_err() {
                return;
            }
            let again = Instant::now() + PAUSE;
            let asked = newest.borrow_and_update().clone();
            if let Some((checkpoint, note)) = asked {
                let cosignatures = self.ask(&checkpoint, &note).await;
                all_cosigned = cosignatures.len() == self.witnesses.len();
                if !cosignatures.is_empty()
                    && let Err(error) = self.keep(&checkpoint, &note, cosignatures).await
                {
                    all_cosigned = false;
                    tracing::warn!(error = format!("{error:#}"), "a cosignature was not kept");
                }
            }
            sleep_until(again).await;
        }
    }

    /// The cosignatures that were had. A witness that does not give one is logged and left out.
    async fn ask(&self, checkpoint: &Checkpoint, note: &str) -> Vec<Signature> {
        let ask = async |witness: &Witness| {
            let asked = witness::ask(witness, &self.client, &self.log, checkpoint, note);
            let error = match timeout(PATIENCE, asked).await {
                Ok(Ok(signature)) => return Some(signature),
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
            };
            let witness = witness.key.name().as_str();
            tracing::warn!(error, witness, "the witness did not cosign");
            None
        };
        join_all(self.witnesses.iter().map(ask)).await.into_iter().flatten().collect()
    }

    /// Keeps the checkpoint with its cosignatures for as long as no newer one has them all: it is what
    /// shows how far the witnesses have seen.
    async fn keep(
        &mut self,
        checkpoint: &Checkpoint,
        note: &str,
        cosignatures: Vec<Signature>,
    ) -> anyhow::Result<()> {
        let kept = self.log.checkpoints().await?;
        let there = kept.iter().find(|it| it.size == checkpoint.size);
        // Another key, or another process's witness, may have signed it meanwhile.
        let mut note: SignedNote = there.map_or(note, |it| it.note.as_str()).parse()?;
        let by: Vec<u32> = cosignatures.iter().map(|it| it.id).collect();
        cosignatures.into_iter().for_each(|cosignature| note.add(cosignature));
        let now = SystemClock.now();
        keep(&*self.log, checkpoint.size, now, true, note.to_string()).await?;
        let (outdone, staying): (Vec<_>, _) = std::mem::take(&mut self.staying)
            .into_iter()
            .partition(|(_, others)| others.iter().all(|other| by.contains(other)));
        self.staying = staying;
        for (size, _) in outdone {
            if !is_the_days(&kept, size) {
                self.log.release_checkpoint(size).await?;
            }
        }
        if !there.is_some_and(|there| there.stays) {
            self.staying.push((checkpoint.size, by));
        }
        Ok(())
    }
}

/// Whether a checkpoint is the only one of its day that stays.
fn is_the_days(kept: &[KeptCheckpoint], size: u64) -> bool {
    let Some(this) = kept.iter().find(|it| it.size == size) else { return false };
    !kept.iter().any(|it| it.stays && it.size != size && day(it.time) == day(this.time))
}
