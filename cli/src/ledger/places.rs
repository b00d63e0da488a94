use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use depaudit_ledger::{Checkpoint, VerifierKey};
use depaudit_store::AuditLog;
use url::Url;

use super::{KeyPlace, continuity};
use crate::commands::{WholeFile, write_whole};

/// Far above any checkpoint, in bytes.
const LARGEST: u64 = 1 << 20;

/// What the ledger was given: its key, and who else gets its checkpoints.
#[derive(Debug, Clone)]
pub struct LedgerPlaces {
    /// Where the key is.
    pub key: KeyPlace,
    /// Where each new checkpoint is pushed to.
    pub push: Vec<Push>,
    /// Who cosigns.
    pub witnesses: Vec<Witness>,
}

/// A place outside that remembers checkpoints, so that whoever holds the key cannot rewrite what
/// was seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// A file, on another volume at best.
    File(PathBuf),
    /// An address that takes it with PUT.
    Address(Url),
}

/// Somebody who cosigns checkpoints by C2SP tlog-witness.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Its submission prefix.
    pub url: Url,
    /// Its key, for cosignatures.
    pub key: VerifierKey,
}

impl Push {
    /// A place as it is written: an http or https address, or else a path.
    ///
    /// # Errors
    /// When an address is none.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        if text.starts_with("http://") || text.starts_with("https://") {
            let url = text.parse().ok().context("this is no address to push checkpoints to")?;
            return Ok(Self::Address(url));
        }
        Ok(Self::File(text.into()))
    }

    /// Whether what was brought to a file before is still a beginning of the record: it is the evidence
    /// against a record that was rolled back, which must not overwrite it. What an address keeps is its
    /// own to compare.
    ///
    /// # Errors
    /// When it is not, or something else than a checkpoint stands there.
    pub(super) async fn remembers(
        &self,
        log: &Arc<dyn AuditLog>,
        note: &str,
    ) -> anyhow::Result<()> {
        let Self::File(path) = self else { return Ok(()) };
        let path = path.clone();
        let read = move || WholeFile { path: &path, shown: &path, largest: LARGEST }.read();
        let Some(text) = tokio::task::spawn_blocking(read).await?? else { return Ok(()) };
        let before =
            Checkpoint::claimed(&text).context("something else than a checkpoint is there")?;
        continuity::has(log, &Checkpoint::claimed(note)?, before).await
    }

    /// Brings a checkpoint there.
    ///
    /// # Errors
    /// When it does not arrive.
    pub(super) async fn bring(&self, client: &reqwest::Client, note: &str) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                let (path, note) = (path.clone(), note.to_owned());
                tokio::task::spawn_blocking(move || write_whole(&path, &note)).await?
            }
            Self::Address(url) => {
                let request = client.put(url.clone()).header("content-type", "text/plain");
                let answer = request.body(note.to_owned()).send().await;
                let answer = answer.map_err(reqwest::Error::without_url)?;
                answer.error_for_status().map_err(reqwest::Error::without_url)?;
                Ok(())
            }
        }
    }

    /// How logs name it: without anything secret that stands in an address.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Address(url) => url.host_str().unwrap_or("an address").to_owned(),
        }
    }
}
