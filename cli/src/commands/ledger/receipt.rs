//! `depaudit ledger verify` of a .tlog-proof file.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use depaudit_ledger::{Checkpoint, TlogProof, VerifierKey};
use depaudit_model::event::Event;

use super::evidence::read;
use crate::exit::Exit;
use crate::output::{BAD, Out, write_json_line};

/// Verifies what one event's receipt says, with nothing but the keys.
///
/// # Errors
/// When it cannot be read, or there is no key.
pub(super) fn verify_receipt(
    file: &Path,
    keys: &[VerifierKey],
    json: bool,
) -> anyhow::Result<Exit> {
    let shown = file.display();
    let proof: TlogProof = read(file)?.parse().with_context(|| format!("cannot read {shown}"))?;
    if keys.is_empty() {
        bail!("name the log's key with --key: `depaudit ledger key show` prints it");
    }
    let entry = proof.extra.as_deref().context("the proof does not hold the event it is about")?;
    let mut out = Out::new();
    match proof.verify(entry, keys) {
        Ok(opened) => {
            let event: Event = serde_json::from_slice(entry).context("the entry is no event")?;
            if json {
                write_json_line(
                    &mut out,
                    &serde_json::json!({
                        "schema": "depaudit.ledger-proof/1", "verified": true, "index": proof.index,
                        "size": opened.checkpoint.size, "origin": opened.checkpoint.origin.as_str(),
                        "event": event,
                    }),
                )?;
            } else {
                let Checkpoint { origin, size, .. } = &opened.checkpoint;
                writeln!(out, "verified: event {} of the {size} of {origin}:", proof.index)?;
                write_json_line(&mut out, &event)?;
            }
            out.flush()?;
            Ok(Exit::Done)
        }
        Err(error) => {
            if json {
                write_json_line(
                    &mut out,
                    &serde_json::json!({
                        "schema": "depaudit.ledger-proof/1", "verified": false,
                        "fault": format!("{:#}", anyhow::Error::from(error)),
                    }),
                )?;
            } else {
                let error = format!("{:#}", anyhow::Error::from(error));
                writeln!(out, "{BAD}not verified{BAD:#}: {error}")?;
            }
            out.flush()?;
            Ok(Exit::Negative)
        }
    }
}
