//! Proofs that an event is on record, which verify without the server (C2SP tlog-proof).

use std::sync::Arc;

use depaudit_ledger::{Authentic, Checkpoint, CheckpointError, Fault, Proof, TlogProof};
use depaudit_model::TeamId;
use depaudit_model::cargo::Release;
use depaudit_model::event::{EventKind, Outcome};
use depaudit_store::{AuditLog, EventFilter, EventOrder, RecordTiles, StoreError, StoredEvent};
use tokio::runtime::Handle;

/// So many answers to a team are looked through for one that carried the whole crate, the newest ones.
const MOST_ANSWERS: usize = 1_000;

/// A request has a decision and an outcome, and rarely more.
const MOST_EVENTS: usize = 100;

/// Why an event is not proven.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// No checkpoint has it.
    #[error("event {0} is not signed for yet: a running server signs within a second")]
    NotSigned(u64),
    /// There is no such event.
    #[error("there is no event {0} on record")]
    Absent(u64),
    /// What should sign for it is none.
    #[error("the newest checkpoint is malformed")]
    Checkpoint(#[from] CheckpointError),
    /// The tree is not the one that was signed for.
    #[error("the record is not the one that was signed for: `depaudit ledger verify` tells more")]
    Fault(#[from] Fault),
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that made it died.
    #[error("the proof could not be made")]
    GivenUp,
}

/// Proves that an event is in the log that the newest checkpoint signs for. The event comes along in
/// the proof, so that whoever verifies it can read it.
///
/// # Errors
/// When the event is not signed for yet, and when the record cannot be read or is not what was signed.
pub async fn prove(log: &Arc<dyn AuditLog>, index: u64) -> Result<TlogProof, NotProven> {
    let entry = log.leaves(index, 1).await?.pop().filter(|(found, _)| *found == index);
    let (_, entry) = entry.ok_or(NotProven::Absent(index))?;
    let newest = log.checkpoints().await?.pop().ok_or(NotProven::NotSigned(index))?.note;
    let checkpoint = Checkpoint::claimed(&newest)?;
    if index >= checkpoint.size {
        return Err(NotProven::NotSigned(index));
    }
    let source = RecordTiles::new(Arc::clone(log), Handle::current());
    let made = move || Proof::of_inclusion(&mut Authentic::new(&source, &checkpoint)?, index);
    let proof = tokio::task::spawn_blocking(made).await.map_err(|_| NotProven::GivenUp)??;
    Ok(TlogProof { extra: Some(entry), index, proof, checkpoint: newest })
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum NoReceipt {
    /// Nothing of it ended for that team.
    #[error(
        "no download of it by that team has ended on record; `depaudit log` shows what is there"
    )]
    NotDownloaded,
    /// No answer had the whole crate.
    #[error(
        "none of its newest {0} answers to that team carried the whole crate: the client had it \
         already, asked for a part of it, or left; `depaudit log` shows how each ended"
    )]
    NotWhole(usize),
    /// Some had, and no checkpoint has their events.
    #[error("it is not signed for yet that it was: a running server signs within a second")]
    NotSigned,
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The newest event, of those that are signed for, which shows that the whole of a release went out to
/// a team: the end of an answer, with every byte of the crate handed to the connection. That a download
/// was allowed shows no such thing: a client that has the crate already is answered without a byte of it.
///
/// # Errors
/// When there is none, and when the record cannot be read.
pub async fn receipt(
    log: &dyn AuditLog,
    release: &Release,
    team: &TeamId,
) -> Result<StoredEvent, NoReceipt> {
    let signed = log.checkpoints().await?.last().map_or(0, |it| it.size);
    let ended = EventFilter {
        name: Some(release.name.clone()),
        version: Some(release.version.clone()),
        team: Some(team.clone()),
        kinds: vec![EventKind::DownloadFinished],
        ..EventFilter::default()
    };
    let ended = log.read(&ended, EventOrder::NewestFirst, MOST_ANSWERS).await?;
    let (looked_at, mut unsigned) = (ended.len(), false);
    for answer in ended {
        if is_whole(log, &answer).await? {
            if answer.index < signed {
                return Ok(answer);
            }
            unsigned = true;
        }
    }
    Err(match looked_at {
        0 => NoReceipt::NotDownloaded,
        _ if unsigned => NoReceipt::NotSigned,
        _ => NoReceipt::NotWhole(looked_at),
    })
}

/// Whether an answer had as many bytes as the crate that was decided about.
async fn is_whole(log: &dyn AuditLog, answer: &StoredEvent) -> Result<bool, StoreError> {
    let event = &answer.event;
    let (Some(sent), Some(request)) = (event.bytes.filter(|it| *it > 0), &event.request_id) else {
        return Ok(false);
    };
    if event.outcome != Some(Outcome::Complete) {
        return Ok(false);
    }
    let events = log.of_request(request, MOST_EVENTS).await?;
    let decided = events.iter().find(|it| it.event.kind == EventKind::DownloadDecided);
    // A crate that was streamed as it came had no size yet when that was decided; nobody gets a part of
    // such a one.
    Ok(decided.is_some_and(|it| it.event.bytes.is_none_or(|whole| whole == sent)))
}
