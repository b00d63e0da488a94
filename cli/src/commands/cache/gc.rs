use std::io::{self, Write};

use clap::Args;
use depaudit_proxy::eviction::evict;
use serde::Serialize;

use super::change::{Removed, put_on_record};
use super::{Answer, Common};
use crate::backend::Backend;
use crate::config::values::ByteSize;
use crate::output::Out;

/// Remove the crates used longest ago until the rest fits into a number of bytes
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit cache gc --max-bytes 10GiB")]
pub(super) struct GcArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// How much may stay: 500MB, 10GiB or plain bytes
    #[arg(long, value_name = "N")]
    max_bytes: ByteSize,
}

/// What went, and what is left.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Collected {
    #[serde(flatten)]
    removed: Removed,
    left_bytes: u64,
}

impl GcArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<Collected> {
        let most = self.max_bytes.0;
        let evicted = evict(&*backend.meta, &*backend.blobs, most).await?;
        let removed = Removed { blobs: evicted.blobs, bytes: evicted.bytes };
        if removed.blobs > 0 {
            let detail = format!("cache gc --max-bytes {most}");
            put_on_record(backend, removed, &detail, |_| ()).await?;
        }
        Ok(Collected { removed, left_bytes: backend.meta.totals().await?.blob_bytes })
    }
}

impl Answer for Collected {
    fn print(&self, out: &mut Out) -> io::Result<()> {
        let Self { removed: Removed { blobs, bytes }, left_bytes } = self;
        let (bytes, left) = (ByteSize(*bytes), ByteSize(*left_bytes));
        writeln!(out, "removed {blobs} crates, {bytes}; {left} stay")
    }
}
