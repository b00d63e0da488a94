//! What a log is verified with.

use std::path::Path;

use anyhow::{Context, bail};
use depaudit_ledger::{Checkpoint, CheckpointError, Opened, VerifierKey};

use super::verdict::Cosignature;
use crate::commands::WholeFile;
use crate::output::print_warning;

/// Far above any checkpoint or proof.
const LARGEST: u64 = 1 << 20;

/// Signed notes, and the keys that they are believed for.
pub(super) struct Evidence {
    /// The newest checkpoint first.
    pub(super) notes: Vec<String>,
    pub(super) keys: Vec<VerifierKey>,
}

/// The checkpoints that the keys have signed.
pub(super) struct Signed {
    pub(super) newest: Opened,
    pub(super) older: Vec<Checkpoint>,
}

impl Evidence {
    /// `own` are the log's keys by its own account, for whoever was given none.
    pub(super) fn new(
        newest: String,
        kept: &str,
        own: &str,
        given: &[VerifierKey],
    ) -> anyhow::Result<Self> {
        let mut notes: Vec<_> = depaudit_ledger::read_list(kept).map(str::to_owned).collect();
        notes.reverse();
        if notes.first() != Some(&newest) {
            notes.insert(0, newest);
        }
        if !given.is_empty() {
            return Ok(Self { notes, keys: given.to_vec() });
        }
        let keys: Vec<VerifierKey> =
            own.lines().map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
        let Some(first) = keys.first() else {
            bail!("name the log's key with --key: `depaudit ledger key show` prints it");
        };
        print_warning(&format!(
            "the key is the log's own, which proves nothing about who holds it; next time, give it \
             with --key '{first}'"
        ));
        Ok(Self { notes, keys })
    }

    /// Opens the checkpoints. One that another key signed is for that key's holder to verify; one with a
    /// wrong signature is no older key's, but forged.
    ///
    /// # Errors
    /// What is wrong with the newest one, or with the first that is forged.
    pub(super) fn open(&self) -> Result<Signed, String> {
        let (mut newest, mut unsigned, mut older) = (None, None, Vec::new());
        for note in &self.notes {
            match Checkpoint::open(note, &self.keys) {
                Ok(opened) if newest.is_none() => newest = Some(opened),
                Ok(opened) => older.push(opened.checkpoint),
                Err(error @ CheckpointError::Unsigned(_)) => unsigned = unsigned.or(Some(error)),
                Err(error) if newest.is_none() => return Err(error.to_string()),
                Err(error) => {
                    let claimed = Checkpoint::claimed(note).map_or(0, |it| it.size);
                    return Err(format!(
                        "the kept checkpoint of {claimed} entries is forged: {error}"
                    ));
                }
            }
        }
        let none =
            || unsigned.map_or_else(|| "there is no checkpoint".to_owned(), |it| it.to_string());
        Ok(Signed { newest: newest.ok_or_else(none)?, older })
    }

    /// Up to where each witness whose key was given has cosigned.
    ///
    /// # Errors
    /// When one has cosigned nothing.
    pub(super) fn cosigned(&self) -> Result<Vec<Cosignature>, String> {
        let witnesses = self.keys.iter().filter(|key| key.is_witness());
        witnesses.map(|witness| self.cosigned_by(witness)).collect()
    }

    fn cosigned_by(&self, witness: &VerifierKey) -> Result<Cosignature, String> {
        let opened = self.notes.iter().filter_map(|note| Checkpoint::open(note, &self.keys).ok());
        let cosigned = opened.filter_map(|opened| {
            let of = opened.cosigned.into_iter().find(|it| it.witness == *witness.name())?;
            Some(Cosignature::new(&of, opened.checkpoint.size))
        });
        let none =
            || format!("the witness {} has not cosigned any checkpoint of it", witness.name());
        cosigned.max_by_key(|it| it.size).ok_or_else(none)
    }
}

/// A small file that somebody named.
///
/// # Errors
/// When it is no regular file, too large, or cannot be read.
pub(super) fn read(shown: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", shown.display());
    let path = shown.canonicalize().with_context(cannot)?;
    let file = WholeFile { path: &path, shown, largest: LARGEST };
    file.read()?.with_context(cannot)
}
