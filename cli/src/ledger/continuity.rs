//! Whether the record goes on from what was signed before: asked each time before anything is signed.

use std::sync::Arc;

use anyhow::{Context, bail};
use depaudit_ledger::{Authentic, Checkpoint, LogName, SignedNote, TileSource, VerifierKey};
use depaudit_store::{AuditLog, RecordTiles};
use tokio::runtime::Handle;

/// Signing what does not go on from the newest checkpoint would make a changed past look whole, and
/// drop the checkpoint that shows it. An end of the server, however hard, never leads here: the tree
/// grows in the transaction that keeps the events, and a checkpoint is of a tree that is kept.
///
/// # Errors
/// When the record lacks what was signed, has something else in its place, or its newest checkpoint is
/// by none of these keys or by another one as well: these were read before a rotation then.
pub(super) async fn goes_on(
    log: &Arc<dyn AuditLog>,
    now: &Checkpoint,
    keys: &[VerifierKey],
) -> anyhow::Result<()> {
    match newest(log, &now.origin, keys).await? {
        Some(before) => has(log, now, before).await,
        None => Ok(()),
    }
}

/// The newest checkpoint that is kept.
///
/// # Errors
/// When it is by none of these keys or by another one as well.
pub(super) async fn newest(
    log: &Arc<dyn AuditLog>,
    origin: &LogName,
    keys: &[VerifierKey],
) -> anyhow::Result<Option<Checkpoint>> {
    let Some(newest) = log.checkpoints().await?.pop() else { return Ok(None) };
    let opened = Checkpoint::open(&newest.note, keys).context(
        "the newest checkpoint that is kept is by none of the keys in the ledger's key file: bring the \
         file back that was there before",
    )?;
    let note: SignedNote = newest.note.parse()?;
    let known = |id: u32| keys.iter().any(|key| key.id() == id);
    if note.signatures().iter().any(|it| it.name == *origin && !known(it.id)) {
        bail!(
            "a key that is not in the ledger's key file has signed the newest checkpoint: the key was \
             rotated"
        );
    }
    Ok(Some(opened.checkpoint))
}

/// Whether the record, as it is now, has what a checkpoint was signed for: one that is kept, or one that
/// was brought elsewhere before.
///
/// # Errors
/// When it has not, or cannot be read.
pub(super) async fn has(
    log: &Arc<dyn AuditLog>,
    now: &Checkpoint,
    before: Checkpoint,
) -> anyhow::Result<()> {
    let (log, now) = (Arc::clone(log), now.clone());
    let runtime = Handle::current();
    let asked = move || same_past(&RecordTiles::new(log, runtime), &now, &before);
    tokio::task::spawn_blocking(asked).await?
}

/// The same on a thread that may block, for any tiles.
///
/// # Errors
/// As [`has`].
pub fn same_past(
    tiles: &dyn TileSource,
    now: &Checkpoint,
    before: &Checkpoint,
) -> anyhow::Result<()> {
    if before.origin != now.origin {
        bail!("the checkpoint is of another ledger, {}", before.origin);
    }
    if before.size > now.size {
        bail!(
            "{} events are signed for, and {} are on record: events are gone, as in a restored backup; \
             `depaudit ledger verify` compares it with checkpoints elsewhere",
            before.size,
            now.size
        );
    }
    let root = Authentic::new(tiles, now).and_then(|mut tree| tree.root_at(before.size));
    if root.context("the record's tree does not hold together")? != before.root {
        bail!(
            "the first {} events are others than those that were signed for: the record was changed; \
             `depaudit ledger verify` names the place",
            before.size
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use depaudit_ledger::SigningKey;
    use depaudit_model::Timestamp;
    use depaudit_model::event::{Event, EventKind};
    use depaudit_store::sqlite::SqliteAuditLog;
    use depaudit_store::{KeptCheckpoint, Record};

    use super::super::sign_now;
    use super::*;
    use crate::ledger::{KeyFile, KeyPlace, KeySeals};

    async fn log(folder: &std::path::Path, what: &str, events: usize) -> Arc<dyn AuditLog> {
        let place = KeyPlace::File(folder.join("ledger.key"));
        place.read_or_make().unwrap();
        let log = SqliteAuditLog::open_sealed(folder, Arc::new(KeySeals::new(place)));
        let log: Arc<dyn AuditLog> = Arc::new(log.unwrap());
        append(&log, what, events).await;
        log
    }

    async fn append(log: &Arc<dyn AuditLog>, what: &str, events: usize) {
        let event = Event::new(EventKind::Administration, Timestamp::EPOCH).with_detail(what);
        let record = Record { event, client: None };
        log.append(vec![record; events]).await.unwrap();
    }

    async fn sign(log: &Arc<dyn AuditLog>, key: &SigningKey) -> anyhow::Result<Checkpoint> {
        Ok(sign_now(log, &[key], &[key.verifier()], false).await?.0)
    }

    /// Keeps the newest checkpoint of one record in another one.
    async fn carry(from: &Arc<dyn AuditLog>, to: &Arc<dyn AuditLog>) {
        let KeptCheckpoint { size, time, note, .. } =
            from.checkpoints().await.unwrap().pop().unwrap();
        to.keep_checkpoint(KeptCheckpoint { size, time, stays: false, note }).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bad_input_52_a_changed_past_is_never_signed_and_the_evidence_stays() {
        let [one, other, short] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let signed = log(one.path(), "as it was", 300).await;
        // The key that has sealed it.
        let place = KeyPlace::File(one.path().join("ledger.key"));
        let key = place.read().unwrap().unwrap().current;
        sign(&signed, &key).await.unwrap();
        append(&signed, "more", 300).await;
        assert_eq!(sign(&signed, &key).await.unwrap().size, 600, "an honest one goes on");

        let changed = log(other.path(), "as it never was", 700).await;
        carry(&signed, &changed).await;
        let refused = format!("{:#}", sign(&changed, &key).await.unwrap_err());
        assert!(refused.contains("the first 600 events are others"), "{refused}");
        let rolled_back = log(short.path(), "as it was", 300).await;
        carry(&signed, &rolled_back).await;
        let refused = format!("{:#}", sign(&rolled_back, &key).await.unwrap_err());
        assert!(refused.contains("600 events are signed for, and 300 are on record"), "{refused}");
        for log in [&changed, &rolled_back] {
            assert_eq!(log.checkpoints().await.unwrap().len(), 1, "it can still be compared");
        }
        let stranger = KeyFile::new(None).unwrap().current;
        let refused = format!("{:#}", sign(&signed, &stranger).await.unwrap_err());
        assert!(refused.contains("by none of the keys"), "{refused}");
    }
}
