//! Whether those who hold the ledger's key have put on record all that is there: asked before anything is
//! added to it.
//!
//! What is signed for needs no other word. What stands behind the newest checkpoint is sealed with each
//! commit (`depaudit_store::Seals`), so whoever can write the database and cannot read the key cannot slip
//! events in there and have them signed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use depaudit_ledger::{Checkpoint, Edge, SealKey, VerifierKey};
use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Clock, Timestamp};
use depaudit_store::{AuditLog, EventFilter, EventOrder, Head, Record, RecordTiles};
use tokio::runtime::Handle;

use super::{KeyFile, KeyPlace, continuity};
use crate::args::Next;
use crate::system::SystemClock;

/// How far apart events can be that no checkpoint has: one is signed within a second of each, and a disk
/// that is full makes that later.
pub const UNSIGNED: Duration = Duration::from_secs(60);

/// Where there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyless {
    /// It is made: a server begins a ledger.
    Make,
    /// The record is taken as it is; the server that makes the key takes it up.
    Leave,
}

/// Events that nobody with the key vouches for.
#[derive(Debug)]
pub struct Stray {
    /// The first of them.
    pub first: u64,
    /// The record as it was looked at, with them.
    pub log: Edge,
}

/// Looks whether the record may be added to, and signed; where a key that was not there is made, or an older
/// depaudit sealed nothing, says so on record.
///
/// # Errors
/// When there are events that nobody vouches for, what was signed is no longer there, or the key is gone.
pub async fn take_up(
    log: &Arc<dyn AuditLog>,
    data: &Path,
    place: &KeyPlace,
    keyless: Keyless,
) -> anyhow::Result<()> {
    let read = place.read()?;
    let is_new = read.is_none();
    let mut key = match read {
        Some(key) => key,
        None if !log.checkpoints().await?.is_empty() || log.head().await?.1.is_some() => bail!(
            "checkpoints are kept and the ledger's key that signed them is gone: bring its file back, or \
             say where it is with DEPAUDIT_LEDGER_KEY_FILE"
        ),
        None if keyless == Keyless::Leave => return Ok(()),
        None => place.read_or_make()?,
    };
    if let Some(stray) = stray(log, &key).await? {
        let Stray { first, log: seen } = &stray;
        let (_, head) = log.head().await?;
        let older = head.is_none() && !key.sealed && span(&**log, *first).await? <= UNSIGNED;
        let detail = if is_new {
            format!(
                "the ledger's key was made: {first} to {} were on record before",
                seen.size() - 1
            )
        } else if older {
            format!(
                "events {first} to {} were taken over from a depaudit that sealed nothing",
                seen.size() - 1
            )
        } else {
            bail!(stray.told(data, place));
        };
        tracing::warn!(detail, "put on record");
        accept(log, &key, stray, &detail).await?;
    }
    if let KeyPlace::File(path) = place
        && !key.sealed
    {
        // From here on, a record without a seal is none that an older depaudit has left. A key that was
        // rotated meanwhile is not put back: the next start writes it.
        let now = place.read()?;
        let is_same = now.is_some_and(|now| now.current.verifier() == key.current.verifier());
        key.sealed = true;
        if is_same && let Err(error) = key.replace(path) {
            let error = format!("{error:#}");
            tracing::warn!(error, "write the line `{}` into the key file", KeyFile::SEALED);
        }
    }
    Ok(())
}

/// The events that nobody vouches for, if there are any.
///
/// # Errors
/// When what was signed is not there any more, or the record cannot be read.
pub async fn stray(log: &Arc<dyn AuditLog>, key: &KeyFile) -> anyhow::Result<Option<Stray>> {
    let seal_key = [key.current.seal_key()];
    let (edge, head) = log.head().await?;
    if edge.size() == 0 || head.is_some_and(|head| head.is_of(&edge, &seal_key)) {
        return Ok(None);
    }
    let origin = key.current.name().clone();
    let now = Checkpoint { origin, size: edge.size(), root: edge.root() };
    let newest = continuity::newest(log, &now.origin, &key.verifiers()).await?;
    let signed = newest.as_ref().map_or(0, |newest| newest.size);
    if let Some(newest) = newest {
        continuity::has(log, &now, newest).await?;
    }
    if signed == edge.size() {
        // As an older depaudit leaves it, or one whose key has given way since. A key that has given way
        // vouches for nothing: it may be in other hands, and a rotation leaves what both have signed.
        if is_signed_by(log, &key.current.verifier()).await? {
            log.vouch(edge).await?;
            return Ok(None);
        }
        return Ok(Some(Stray { first: signed - 1, log: edge }));
    }
    let first = match head {
        Some(head) if signed < head.size && head.size < edge.size() => {
            if was_sealed(log, head, &seal_key).await? { head.size } else { signed }
        }
        _ => signed,
    };
    Ok(Some(Stray { first, log: edge }))
}

/// Whether the newest checkpoint that is kept has this key's signature.
async fn is_signed_by(log: &Arc<dyn AuditLog>, key: &VerifierKey) -> anyhow::Result<bool> {
    let newest = log.checkpoints().await?.pop();
    Ok(newest.is_some_and(|it| Checkpoint::open(&it.note, std::slice::from_ref(key)).is_ok()))
}

/// Whether the record, when it was as long as its head says, was sealed with the key. Its tiles need no other
/// proof: the seal is over them.
async fn was_sealed(
    log: &Arc<dyn AuditLog>,
    head: Head,
    keys: &[SealKey; 1],
) -> anyhow::Result<bool> {
    let (tiles, keys) = (RecordTiles::new(Arc::clone(log), Handle::current()), keys.clone());
    let restore = move || Edge::restore(&tiles, head.size).is_ok_and(|log| head.is_of(&log, &keys));
    Ok(tokio::task::spawn_blocking(restore).await?)
}

/// Puts on record that somebody takes these events as they are, and seals the record with them.
///
/// # Errors
/// When it cannot be written, or others write all the time.
pub async fn accept(
    log: &Arc<dyn AuditLog>,
    key: &KeyFile,
    stray: Stray,
    detail: &str,
) -> anyhow::Result<()> {
    let event = Event::new(EventKind::Administration, SystemClock.now()).with_detail(detail);
    log.append(vec![Record { event, client: None }]).await?;
    let Stray { first, log: before } = stray;
    let key = [key.current.seal_key()];
    // A server that runs appends as well; what it adds goes on from what was looked at.
    for _ in 0..100 {
        let (edge, head) = log.head().await?;
        if head.is_some_and(|head| head.is_of(&edge, &key)) {
            return Ok(());
        }
        let origin: depaudit_ledger::LogName = "looked-at".parse()?;
        let [before, now] = [&before, &edge].map(|log| Checkpoint {
            origin: origin.clone(),
            size: log.size(),
            root: log.root(),
        });
        continuity::has(log, &now, before).await?;
        log.vouch(edge).await?;
    }
    bail!(
        "the events from {first} on could not be sealed, since more were appended all the time: stop the \
         server, and run this again"
    )
}

impl Stray {
    /// What is said of them, and what can be done.
    #[must_use]
    fn told(&self, data: &Path, key: &KeyPlace) -> String {
        let log = Next::new(["log"]).on(data);
        let accept = Next::new(["ledger", "accept", "--reason", "..."]).on(data);
        let accept = match key {
            KeyPlace::File(file) if *key != KeyPlace::choose(None, data) => {
                accept.flag("--ledger-key", file.display())
            }
            _ => accept,
        };
        let (first, last) = (self.first, self.log.size().saturating_sub(1));
        format!(
            "nobody who holds the ledger's key vouches for the events from {first} on (the last is {last}): \
             they were put there or changed by other means, and are not signed for. Keep a copy of the data \
             folder, look at them with `{log}`, and bring the record back from a backup; or take them \
             as they are, on record: `{accept}`"
        )
    }
}

/// How much time lies between an event and the newest one.
///
/// # Errors
/// When they cannot be read.
pub async fn span(log: &dyn AuditLog, from: u64) -> anyhow::Result<Duration> {
    let from = EventFilter { from, ..EventFilter::default() };
    let time = async |order| -> anyhow::Result<Option<Timestamp>> {
        let read = log.read(&from, order, 1).await?;
        Ok(read.first().map(|stored| stored.event.time))
    };
    let first = time(EventOrder::OldestFirst).await?;
    let last = time(EventOrder::NewestFirst).await?;
    Ok(first.zip(last).and_then(|(first, last)| last.since(first)).unwrap_or_default())
}
