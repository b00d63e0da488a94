use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{Answer, Common};
use crate::backend::Backend;
use crate::config::values::ByteSize;
use crate::output::Out;

/// Show how much is stored
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit cache stats --json")]
pub(super) struct StatsArgs {
    #[command(flatten)]
    pub(super) common: Common,
}

/// See [`depaudit_store::CacheTotals`].
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stats {
    blobs: u64,
    blob_bytes: u64,
    index_entries: u64,
    index_bytes: u64,
    pins: u64,
    events: u64,
}

impl StatsArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<Stats> {
        let totals = backend.meta.totals().await?;
        Ok(Stats {
            blobs: totals.blobs,
            blob_bytes: totals.blob_bytes,
            index_entries: totals.index_entries,
            index_bytes: totals.index_bytes,
            pins: totals.pins,
            events: backend.audit.length().await?,
        })
    }
}

impl Answer for Stats {
    fn print(&self, out: &mut Out) -> io::Result<()> {
        let Self { blobs, blob_bytes, index_entries, index_bytes, pins, events } = self;
        writeln!(out, "crates            {blobs:>10}  {}", ByteSize(*blob_bytes))?;
        writeln!(out, "index entries     {index_entries:>10}  {}", ByteSize(*index_bytes))?;
        writeln!(out, "pinned checksums  {pins:>10}")?;
        writeln!(out, "events on record  {events:>10}")
    }
}
