use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use depaudit_ledger::{Checkpoint, Edge, SignedNote, SigningKey, VerifierKey};
use depaudit_model::{Clock, Timestamp};
use depaudit_store::{AuditLog, KeptCheckpoint};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::KeyPlace;
use super::continuity;
use super::places::LedgerPlaces;
use super::witnessed::{Newest, Witnessed};
use crate::http;
use crate::system::SystemClock;

/// How often it is looked whether there is anything new: with this and a sync, a checkpoint stands
/// within a second of each event.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a place outside has to take a checkpoint.
const PATIENCE: Duration = Duration::from_secs(5);

/// Signs a checkpoint whenever the log has grown, and brings it to where others can see it.
#[derive(Debug)]
pub struct Signer {
    log: Arc<dyn AuditLog>,
    places: LedgerPlaces,
    client: reqwest::Client,
    trouble: Trouble,
}

/// Whether what is on record could not be signed for, the last time that this was tried.
#[derive(Debug, Clone, Default)]
pub struct Trouble(Arc<AtomicBool>);

impl Trouble {
    /// Whether there is any.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes whether there is; says whether there was.
    fn note(&self, is_there: bool) -> bool {
        self.0.swap(is_there, Ordering::Relaxed)
    }
}

impl Signer {
    /// # Errors
    /// When the client for places outside cannot be set up.
    pub fn new(log: Arc<dyn AuditLog>, places: LedgerPlaces) -> anyhow::Result<Self> {
        let client = http::client(PATIENCE).context("checkpoints cannot be brought anywhere")?;
        Ok(Self { log, places, client, trouble: Trouble::default() })
    }

    /// What tells others whether signing fails.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    /// Works until it is aborted. What fails is tried again, and said once.
    pub async fn run(self) {
        let mut signed = None;
        // Of their own, so that whoever is slow or hangs holds up no signature.
        let mut outside = JoinSet::new();
        let pushing = self.spawn_pushes(&mut outside);
        let witnessing = self.spawn_witnesses(&mut outside);
        loop {
            match self.look(signed).await {
                Ok(Some((checkpoint, note))) => {
                    signed = Some(checkpoint.size);
                    self.trouble.note(false);
                    for place in &pushing {
                        // Nobody is there only when the process ends.
                        let _ = place.send(Some(note.clone()));
                    }
                    if let Some(witnessing) = &witnessing {
                        let _ = witnessing.send(Some((checkpoint, note)));
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    let error = format!("{error:#}");
                    if self.trouble.note(true) {
                        tracing::debug!(error, "again");
                    } else {
                        tracing::error!(error, "no checkpoint of the ledger could be signed");
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Signs what is new since `signed`. The key is read each time: it may have been rotated.
    async fn look(&self, signed: Option<u64>) -> anyhow::Result<Option<(Checkpoint, String)>> {
        let length = self.log.length().await?;
        // Of nothing there is nothing to say.
        if length == 0 || signed == Some(length) {
            return Ok(None);
        }
        let place = self.places.key.clone();
        let key = tokio::task::spawn_blocking(move || place.read()).await??;
        let key = key.context("the ledger's key is gone")?;
        sign_now(&self.log, &[&key.current], &key.verifiers(), false).await.map(Some)
    }

    /// One task for each place, so that a slow one holds up nobody. Only the newest checkpoint is
    /// brought there.
    fn spawn_pushes(&self, tasks: &mut JoinSet<()>) -> Vec<watch::Sender<Option<String>>> {
        let spawn = |place: &super::Push| {
            let (sender, mut newest) = watch::channel(None::<String>);
            let (place, client, log) = (place.clone(), self.client.clone(), Arc::clone(&self.log));
            tasks.spawn(async move {
                let mut troubled = false;
                while newest.changed().await.is_ok() {
                    let Some(note) = newest.borrow_and_update().clone() else { continue };
                    let brought = async {
                        place.remembers(&log, &note).await?;
                        place.bring(&client, &note).await
                    };
                    match brought.await {
                        Ok(()) => troubled = false,
                        Err(error) => {
                            if !std::mem::replace(&mut troubled, true) {
                                let error = format!("{error:#}");
                                let place = place.shown();
                                tracing::warn!(error, place, "a checkpoint did not arrive there");
                            }
                        }
                    }
                }
            });
            sender
        };
        self.places.push.iter().map(spawn).collect()
    }

    /// One task for all witnesses; nothing where there are none.
    fn spawn_witnesses(&self, tasks: &mut JoinSet<()>) -> Option<watch::Sender<Newest>> {
        let (sender, newest) = watch::channel(None);
        let witnesses = self.places.witnesses.clone();
        let witnessed = Witnessed::new(Arc::clone(&self.log), witnesses, self.client.clone())?;
        tasks.spawn(witnessed.follow(newest));
        Some(sender)
    }
}

/// Signs the log as it stands, and keeps that, when it goes on from what was signed before by one of
/// `known`, and holders of the keys have put all of it there. `stays` keeps it for good.
///
/// # Errors
/// When it does not, or it cannot be kept.
pub async fn sign_now(
    log: &Arc<dyn AuditLog>,
    keys: &[&SigningKey],
    known: &[VerifierKey],
    stays: bool,
) -> anyhow::Result<(Checkpoint, String)> {
    let origin = keys.first().context("no key")?.name().clone();
    let (edge, is_sealed) = sealed(log, keys).await?;
    let checkpoint = Checkpoint { origin, size: edge.size(), root: edge.root() };
    continuity::goes_on(log, &checkpoint, known).await?;
    if !is_sealed {
        bail!(
            "there are events that nobody who holds the ledger's key has put on record: `depaudit ledger \
             accept` names them"
        );
    }
    let mut note = checkpoint.sign(keys);
    let now = SystemClock.now();
    let kept = log.checkpoints().await?;
    // What was signed for this size stays signed: by the key before a rotation, and by witnesses.
    if let Some(before) = kept.last().filter(|it| it.size == checkpoint.size)
        && let Ok(before) = before.note.parse::<SignedNote>()
        && before.text() == note.text()
    {
        for signature in before.signatures() {
            if !note
                .signatures()
                .iter()
                .any(|it| (&it.name, it.id) == (&signature.name, signature.id))
            {
                note.add(signature.clone());
            }
        }
    }
    let note = note.to_string();
    // One a day stays, so that old backups can be compared with something.
    let today = |it: &&KeptCheckpoint| it.stays && day(it.time) == day(now);
    let first_of_the_day = kept.iter().rfind(today).is_none();
    keep(&**log, checkpoint.size, now, stays || first_of_the_day, note.clone()).await?;
    Ok((checkpoint, note))
}

/// The log as it stands, and whether one of the keys has sealed it.
async fn sealed(log: &Arc<dyn AuditLog>, keys: &[&SigningKey]) -> anyhow::Result<(Edge, bool)> {
    let keys: Vec<_> = keys.iter().map(|key| key.seal_key()).collect();
    let (edge, head) = log.head().await?;
    if head.is_some_and(|head| head.is_of(&edge, &keys)) {
        return Ok((edge, true));
    }
    // The key was rotated, and nothing was written since: a write seals with the new one.
    log.probe().await?;
    let (edge, head) = log.head().await?;
    let is_sealed = head.is_some_and(|head| head.is_of(&edge, &keys));
    Ok((edge, is_sealed))
}

/// Signs what no checkpoint has yet: at the end of a server.
///
/// # Errors
/// When the key or the log cannot be read, or it cannot be kept.
pub async fn sign_rest(log: &Arc<dyn AuditLog>, place: &KeyPlace) -> anyhow::Result<()> {
    let edge = log.edge().await?;
    let newest = log.checkpoints().await?.pop();
    if edge.size() == 0 || newest.is_some_and(|newest| newest.size == edge.size()) {
        return Ok(());
    }
    let key = place.read()?.context("the ledger's key is gone")?;
    sign_now(log, &[&key.current], &key.verifiers(), false).await?;
    Ok(())
}

pub(super) async fn keep(
    log: &dyn AuditLog,
    size: u64,
    time: Timestamp,
    stays: bool,
    note: String,
) -> anyhow::Result<()> {
    log.keep_checkpoint(KeptCheckpoint { size, time, stays, note }).await?;
    Ok(())
}

pub(super) fn day(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(86_400_000)
}
