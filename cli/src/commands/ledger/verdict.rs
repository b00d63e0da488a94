//! What `ledger verify` answers.

use std::io::Write;

use depaudit_ledger::{Checkpoint, Cosigned, Verified};
use depaudit_model::Timestamp;
use serde::Serialize;

use crate::exit::Exit;
use crate::output::{BAD, Out, write_json_line};

/// What is printed.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    schema: &'static str,
    verified: bool,
    /// Entries that were verified; with a fault, how many the checkpoint has.
    size: u64,
    /// Entries behind the checkpoint, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsigned: Option<u64>,
    /// Entries behind the checkpoint that only other keys have signed for.
    signed_by_other_keys: u64,
    origin: String,
    older_checkpoints: usize,
    cosigned: &'a [Cosignature],
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// How far a witness has cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cosignature {
    witness: String,
    /// How many entries the newest checkpoint has that it cosigned.
    pub(super) size: u64,
    /// When, by its clock.
    time: Timestamp,
}

impl Cosignature {
    pub(super) fn new(of: &Cosigned, size: u64) -> Self {
        let millis = i64::try_from(of.seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
        Self { witness: of.witness.to_string(), size, time: Timestamp::from_millis(millis) }
    }
}

/// What stands behind the entries that were verified.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Behind {
    /// Signed for by other keys than those that were given.
    pub(super) by_others: u64,
    /// Not signed for yet, where that can be told.
    pub(super) unsigned: Option<u64>,
}

/// Prints it, for people or for programs.
///
/// # Errors
/// When standard output takes no more.
pub(super) fn answer(
    json: bool,
    checkpoint: Option<&Checkpoint>,
    behind: Behind,
    cosigned: &[Cosignature],
    verified: Result<Verified, String>,
) -> anyhow::Result<Exit> {
    let exit = if verified.is_ok() { Exit::Done } else { Exit::Negative };
    let answer = Answer {
        schema: "depaudit.ledger-verify/1",
        verified: verified.is_ok(),
        size: checkpoint.map_or(0, |it| it.size),
        unsigned: behind.unsigned,
        signed_by_other_keys: behind.by_others,
        origin: checkpoint.map(|it| it.origin.to_string()).unwrap_or_default(),
        older_checkpoints: verified.as_ref().map_or(0, |it| it.older),
        cosigned,
        fault: verified.err(),
    };
    let mut out = Out::new();
    if json {
        write_json_line(&mut out, &answer)?;
    } else {
        print(&mut out, &answer)?;
    }
    out.flush()?;
    Ok(exit)
}

fn print(out: &mut Out, answer: &Answer<'_>) -> std::io::Result<()> {
    let Answer { size, origin, older_checkpoints, .. } = answer;
    if let Some(fault) = &answer.fault {
        return writeln!(out, "{BAD}not verified{BAD:#}: {fault}");
    }
    writeln!(out, "verified: the {size} entries of {origin} are those that were signed for")?;
    if *older_checkpoints > 0 {
        writeln!(out, "  {older_checkpoints} older checkpoints are its beginnings")?;
    }
    for Cosignature { witness, size, time } in answer.cosigned {
        writeln!(out, "  cosigned by {witness} up to {size} entries, on {time}")?;
    }
    if answer.signed_by_other_keys > 0 {
        let others = answer.signed_by_other_keys;
        writeln!(out, "  {others} more are signed for by keys that were not given: not looked at")?;
    }
    match answer.unsigned {
        Some(newer) if newer > 0 => {
            writeln!(
                out,
                "  {newer} newer events are not signed for yet: a running server signs them"
            )
        }
        _ => Ok(()),
    }
}
