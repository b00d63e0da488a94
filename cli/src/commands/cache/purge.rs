use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use clap::Args;
use depaudit_model::RegistryName;
use depaudit_model::cargo::CrateSpec;
use serde::Serialize;

use super::change::{Removed, put_on_record};
use super::{Answer, Common};
use crate::backend::Backend;
use crate::config::values::ByteSize;
use crate::output::Out;

/// Remove a crate from the cache, so that the next request fetches it again
///
/// Removes the files of all its versions and its index entry, or the file of one version alone.
/// Pinned checksums stay: what is fetched again has to be what it was. A running server may go on
/// serving from its memory for a while; those are the same verified bytes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  depaudit cache purge serde\n  depaudit cache purge serde@1.0.219"
)]
pub(super) struct PurgeArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// The crate, or one version of it
    #[arg(value_name = "CRATE[@VERSION]")]
    krate: CrateSpec,
    /// Registry whose index entry to remove, beside crates-io and those that files came from;
    /// repeatable
    #[arg(long, value_name = "NAME")]
    registry: Vec<RegistryName>,
}

/// What went.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Purged {
    #[serde(rename = "crate")]
    krate: String,
    #[serde(flatten)]
    removed: Removed,
    index_entries: u64,
}

impl PurgeArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<Purged> {
        let CrateSpec { name, version } = &self.krate;
        let blobs = backend.meta.blobs_of(name, version.as_ref()).await?;
        let mut removed = Removed::default();
        let mut index_entries = 0;
        // Two registries may have the same bytes.
        let files: BTreeMap<_, _> = blobs.iter().map(|blob| (blob.digest, blob.size)).collect();
        for (digest, size) in files {
            removed.remove(backend, &digest, size).await?;
        }
        if version.is_none() {
            let mut registries: BTreeSet<_> = blobs.into_iter().map(|blob| blob.registry).collect();
            registries.insert(RegistryName::crates_io());
            registries.extend(self.registry.iter().cloned());
            for registry in registries {
                index_entries += backend.meta.forget_index(&registry, Some(name)).await?;
            }
        }
        if removed.blobs > 0 || index_entries > 0 {
            let detail = format!("cache purge {}: {index_entries} index entries", self.krate);
            put_on_record(backend, removed, &detail, |event| {
                event.name = Some(name.clone());
                event.version.clone_from(version);
            })
            .await?;
        }
        Ok(Purged { krate: self.krate.to_string(), removed, index_entries })
    }
}

impl Answer for Purged {
    fn print(&self, out: &mut Out) -> io::Result<()> {
        let Self { krate, removed: Removed { blobs, bytes }, index_entries } = self;
        if *blobs == 0 && *index_entries == 0 {
            return writeln!(out, "nothing of {krate} is stored");
        }
        let bytes = ByteSize(*bytes);
        writeln!(out, "removed of {krate}: {blobs} files, {bytes}; {index_entries} index entries")
    }
}
