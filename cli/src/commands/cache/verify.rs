use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use depaudit_model::Checksum;
use depaudit_store::{BlobUse, StoredBlob};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::change::{Removed, put_on_record};
use super::{Answer, Common};
use crate::backend::Backend;
use crate::config::values::ByteSize;
use crate::exit::Exit;
use crate::output::{BAD, Out, byte_bar};

/// How much of a crate is in memory at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// Read every crate in the cache and compare it with its digest
///
/// Ends with 1 when one is damaged, or missing: known to be stored and not there. With --repair,
/// damaged ones are removed and missing ones forgotten, and the next request fetches them again; their
/// pinned checksums stay, so nothing else can take their place.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit cache verify --repair")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Remove damaged crates, and forget missing ones
    #[arg(long)]
    repair: bool,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Verified {
    checked: u64,
    checked_bytes: u64,
    damaged: Vec<Damaged>,
    missing: Vec<Missing>,
    removed: u64,
    /// For the text alone: it is what was asked for.
    #[serde(skip)]
    repaired: bool,
}

/// A crate that is known to be stored, and has no file.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Missing {
    sha256: Checksum,
    bytes: u64,
    /// `crates-io/serde@1.0.219`.
    release: String,
}

/// A crate whose bytes have another digest than its name.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Damaged {
    sha256: Checksum,
    actual: Checksum,
    bytes: u64,
    /// `crates-io/serde@1.0.219`, where it is known.
    release: Option<String>,
}

impl VerifyArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<Verified> {
        let mut verified = Verified::default();
        let stored = backend.blobs.list().await?;
        let bar = byte_bar(stored.iter().map(|(_, size)| size).sum());
        for (sha256, _) in stored {
            // Evicted since it was listed.
            let Some(blob) = backend.blobs.open(&sha256).await? else { continue };
            let actual = digest(&blob, |read| bar.inc(read)).await?;
            verified.checked += 1;
            verified.checked_bytes += blob.size;
            if actual != sha256 {
                let bytes = blob.size;
                verified.damaged.push(Damaged { sha256, actual, bytes, release: None });
            }
        }
        bar.finish_and_clear();
        verified.compare(backend).await?;
        if self.repair && !verified.is_good() {
            verified.repair(backend).await?;
        }
        Ok(verified)
    }
}

impl Verified {
    /// Says which releases the damaged files are, and which crates that are known have no file.
    async fn compare(&mut self, backend: &Backend) -> anyhow::Result<()> {
        // Asked for now, not before the files were read: much may have been evicted since.
        let known = backend.meta.least_recently_used(usize::MAX).await?;
        let known: BTreeMap<_, _> = known.into_iter().map(|blob| (blob.digest, blob)).collect();
        for damaged in &mut self.damaged {
            damaged.release = known.get(&damaged.sha256).map(release);
        }
        for (sha256, blob) in known {
            if backend.blobs.open(&sha256).await?.is_none() {
                let release = release(&blob);
                self.missing.push(Missing { sha256, bytes: blob.size, release });
            }
        }
        self.damaged.sort_by(|a, b| a.release.cmp(&b.release));
        self.missing.sort_by(|a, b| a.release.cmp(&b.release));
        Ok(())
    }

    const fn is_good(&self) -> bool {
        self.damaged.is_empty() && self.missing.is_empty()
    }

    async fn repair(&mut self, backend: &Backend) -> anyhow::Result<()> {
        self.repaired = true;
        let mut removed = Removed::default();
        for damaged in &self.damaged {
            removed.remove(backend, &damaged.sha256, damaged.bytes).await?;
        }
        for missing in &self.missing {
            removed.remove(backend, &missing.sha256, missing.bytes).await?;
        }
        self.removed = removed.blobs;
        let detail = "cache verify --repair removed damaged crates, and forgot missing ones";
        put_on_record(backend, removed, detail, |_| ()).await
    }
}

fn release(blob: &BlobUse) -> String {
    format!("{}/{}", blob.registry, blob.release)
}

/// The digest of the bytes as they are; `progress` hears how many were read.
async fn digest(blob: &StoredBlob, progress: impl Fn(u64)) -> anyhow::Result<Checksum> {
    let mut hasher = Sha256::new();
    let mut offset = 0;
    loop {
        let chunk = blob.source.read_at(offset, CHUNK).await?;
        if chunk.is_empty() {
            return Ok(Checksum::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&chunk);
        offset += chunk.len() as u64;
        progress(chunk.len() as u64);
    }
}

impl Answer for Verified {
    fn print(&self, out: &mut Out) -> io::Result<()> {
        for Damaged { sha256, actual, bytes, release } in &self.damaged {
            let release = release.as_deref().unwrap_or("a crate that is not registered");
            writeln!(out, "{BAD}damaged{BAD:#}: {release}, {}", ByteSize(*bytes))?;
            writeln!(out, "  stored as {sha256}\n  and is    {actual}")?;
        }
        for Missing { sha256, bytes, release } in &self.missing {
            writeln!(out, "{BAD}missing{BAD:#}: {release}, {}", ByteSize(*bytes))?;
            writeln!(out, "  stored as {sha256}")?;
        }
        let Self { checked, checked_bytes, damaged, missing, removed, repaired } = self;
        let (damaged, missing) = (damaged.len(), missing.len());
        let bytes = ByteSize(*checked_bytes);
        writeln!(out, "{checked} crates read, {bytes}; {damaged} damaged, {missing} missing")?;
        match (damaged + missing, repaired) {
            (0, _) => Ok(()),
            (_, false) => {
                writeln!(out, "--repair removes or forgets them, so that they are fetched again")
            }
            _ => writeln!(out, "{removed} removed; the next request fetches what is gone again"),
        }
    }

    fn exit(&self) -> Exit {
        if self.is_good() { Exit::Done } else { Exit::Negative }
    }
}
