use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_ledger::{Bundle, Checkpoint, TileAt, TileSource, TreeHash};
use depaudit_store::{AuditLog, RecordTiles};
use tokio::runtime::Handle;

use super::evidence::read;
use crate::args::DataFolder;
use crate::backend;
use crate::commands::{block_on, write_whole};
use crate::exit::Exit;
use crate::ledger::{CHECKPOINT, KEPT, KeyPlace, VERIFIERS, same_past};
use crate::output::{Out, progress_bar};

/// Write the ledger to a folder as static files that other people's tools verify (C2SP tlog-tiles)
///
/// What is there from an earlier export stays: full tiles never change. The newest checkpoint is
/// written last, so that a reader of the folder never misses a tile.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger export /mnt/archive/ledger")]
pub(super) struct ExportArgs {
    /// The folder; made when absent
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    data: DataFolder,
    /// The ledger's key file, whose public side is written beside the log
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_LEDGER_KEY_FILE", hide_env_values = true)]
    ledger_key: Option<PathBuf>,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Exit> {
    let log = backend::open_log(&args.data.path)?;
    let (folder, key) = (args.folder.clone(), args.ledger_key.clone());
    let data = args.data.path.clone();
    let (written, size) = block_on(async {
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            let verifiers = KeyPlace::choose(key, &data).read()?.map(|key| key.verifiers());
            let verifiers = verifiers.unwrap_or_default();
            let verifiers: String = verifiers.iter().map(|key| format!("{key}\n")).collect();
            export(&log, &folder, &runtime, &verifiers)
        })
        .await?
    })?;
    let mut out = Out::new();
    writeln!(out, "{written} files written to {}, {size} entries", args.folder.display())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn export(
    log: &Arc<dyn AuditLog>,
    folder: &Path,
    runtime: &Handle,
    verifiers: &str,
) -> anyhow::Result<(u64, u64)> {
    let kept = runtime.block_on(log.checkpoints())?;
    let Some(newest) = kept.last() else {
        bail!("no checkpoint was signed yet: `depaudit serve` signs one a moment after it starts");
    };
    let checkpoint =
        Checkpoint::claimed(&newest.note).context("the newest checkpoint is malformed")?;
    let source = RecordTiles::new(Arc::clone(log), runtime.clone());
    let size = checkpoint.size;
    // An archive is evidence: what does not go on from it goes elsewhere.
    let there = folder.join(CHECKPOINT);
    if there.exists() {
        let text = read(&there)?;
        let before = Checkpoint::claimed(&text)
            .with_context(|| format!("{} is no checkpoint", there.display()))?;
        same_past(&source, &checkpoint, &before).with_context(|| {
            format!("{} holds an export that this record does not continue", folder.display())
        })?;
    }
    let bar = progress_bar(size, "entries");
    let mut written = 0;
    for level in 0..8 {
        for index in 0.. {
            let Some(at) = TileAt::of(level, index, size) else { break };
            written += u64::from(put(folder, &at.to_string(), || tile(&source, at))?);
            if level == 0 {
                written += u64::from(put(folder, &at.entries_path(), || entries(&source, at))?);
                bar.set_position((index + 1) * 256);
            }
        }
    }
    bar.finish_and_clear();
    let all = depaudit_ledger::write_list(kept.iter().map(|it| it.note.as_str()));
    write_whole(&folder.join(KEPT), &all)?;
    if !verifiers.is_empty() {
        write_whole(&folder.join(VERIFIERS), verifiers)?;
    }
    write_whole(&folder.join(CHECKPOINT), &newest.note)?;
    Ok((written, size))
}

fn tile(source: &dyn TileSource, at: TileAt) -> anyhow::Result<Vec<u8>> {
    let hashes = source.tile(at)?;
    Ok(hashes.iter().flat_map(TreeHash::as_bytes).copied().collect())
}

fn entries(source: &dyn TileSource, at: TileAt) -> anyhow::Result<Vec<u8>> {
    let entries = source.entries(at)?;
    if entries.len() != usize::from(at.width) {
        bail!("the record lacks entries of {}: run `depaudit ledger verify`", at.entries_path());
    }
    let mut bundle = Bundle::default();
    entries.iter().try_for_each(|entry| bundle.push(entry))?;
    Ok(bundle.into_bytes())
}

/// Writes a file, unless it is there. Its name comes from [`TileAt`], never from outside.
fn put(
    folder: &Path,
    name: &str,
    content: impl FnOnce() -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<bool> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(false);
    }
    let content = content()?;
    let cannot = || format!("cannot write {}", path.display());
    let above = path.parent().with_context(cannot)?;
    fs::create_dir_all(above).with_context(cannot)?;
    let mut file = tempfile::NamedTempFile::new_in(above).with_context(cannot)?;
    file.write_all(&content).with_context(cannot)?;
    file.persist(&path).map_err(|error| error.error).with_context(cannot)?;
    Ok(true)
}
