//! Asking witnesses for cosignatures (C2SP tlog-witness).

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context, bail};
use depaudit_ledger::{Authentic, Checkpoint, Proof, Signature, SignedNote};
use depaudit_store::{AuditLog, RecordTiles};
use reqwest::StatusCode;
use tokio::runtime::Handle;

use super::Witness;
use crate::http;

/// The longest answer that is read, in bytes: some signature lines.
const LARGEST: usize = 16 << 10;

/// The cosignature of a witness.
///
/// # Errors
/// When it does not answer, refuses, or gives none that its key made.
pub(super) async fn ask(
    witness: &Witness,
    client: &reqwest::Client,
    log: &Arc<dyn AuditLog>,
    checkpoint: &Checkpoint,
    note: &str,
) -> anyhow::Result<Signature> {
    let mut url = witness.url.clone();
    url.path_segments_mut()
        .ok()
        .context("its address has no path")?
        .pop_if_empty()
        .push("add-checkpoint");
    // What the witness saw last, it says itself.
    let mut old = checkpoint.size;
    for _ in 0..2 {
        let body = request(log, checkpoint, old, note).await?;
        let answer = client.post(url.clone()).body(body).send().await;
        let answer = answer.map_err(reqwest::Error::without_url)?;
        let status = answer.status();
        let text = bounded(answer).await?;
        match status {
            StatusCode::OK => {
                let mine =
                    |it: &Signature| it.name == *witness.key.name() && it.id == witness.key.id();
                let mine = SignedNote::signature_lines(&text)?.into_iter().find(mine);
                let mine = mine.context("its answer has no cosignature of its key")?;
                let mut cosigned: SignedNote = note.parse()?;
                cosigned.add(mine.clone());
                witness.key.verify(&cosigned)?;
                return Ok(mine);
            }
            StatusCode::CONFLICT => {
                old = text.trim_end_matches('\n').parse().context("it names no size")?;
                if old > checkpoint.size {
                    bail!("it saw {old} entries, and the log has {}", checkpoint.size);
                }
            }
            status => bail!("it answers {status}"),
        }
    }
    bail!("it saw another log at this size, or was asked by somebody else meanwhile")
}

/// The request's body, with the proof that what it saw is the beginning of the log.
async fn request(
    log: &Arc<dyn AuditLog>,
    checkpoint: &Checkpoint,
    old: u64,
    note: &str,
) -> anyhow::Result<String> {
    let (log, checkpoint) = (Arc::clone(log), checkpoint.clone());
    let runtime = Handle::current();
    let proof = tokio::task::spawn_blocking(move || {
        let tiles = RecordTiles::new(log, runtime);
        Proof::of_consistency(&mut Authentic::new(&tiles, &checkpoint)?, old)
    });
    let proof = proof.await??;
    let mut body = format!("old {old}\n");
    for hash in proof.hashes() {
        // Writing to a string does not fail.
        let _ = writeln!(body, "{hash}");
    }
    let _ = write!(body, "\n{note}");
    Ok(body)
}

async fn bounded(answer: reqwest::Response) -> anyhow::Result<String> {
    let bytes = http::body(answer, LARGEST).await?;
    let bytes = bytes.context("its answer is longer than any that it can give")?;
    String::from_utf8(bytes).context("its answer is no text")
}
