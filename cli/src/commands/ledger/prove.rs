use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_ledger::{Authentic, Checkpoint, Proof, TlogProof};
use depaudit_model::TeamId;
use depaudit_model::event::{Decision, EventKind};
use depaudit_store::{AuditLog, EventFilter, EventOrder};
use tokio::runtime::Handle;

use crate::args::{CrateSpec, DataFolder};
use crate::backend;
use crate::commands::{block_on, write_whole};
use crate::exit::Exit;
use crate::ledger::RecordTiles;
use crate::output::Out;

/// Write a proof that a team received a release, which verifies offline (C2SP tlog-proof)
///
/// It is about the newest download that is signed for. Whoever has the log's key verifies it with
/// `depaudit ledger verify FILE --key KEY`, without this server.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger prove serde@1.0.219 --team payments")]
pub(super) struct ProveArgs {
    /// The release, such as serde@1.0.219
    #[arg(value_name = "CRATE@VERSION")]
    release: CrateSpec,
    /// The team that received it
    #[arg(long, value_name = "NAME")]
    team: TeamId,
    #[command(flatten)]
    data: DataFolder,
    /// Where to write it [default: CRATE-VERSION.TEAM.tlog-proof]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ProveArgs) -> anyhow::Result<Exit> {
    let Some(version) = args.release.version.clone() else {
        bail!("a proof is about one release: name its version, as in serde@1.0.219");
    };
    let (name, team) = (args.release.name.clone(), args.team.clone());
    let file = args.out.clone().unwrap_or_else(|| {
        // Names of crates, versions and teams have no slash and no leading dot.
        format!("{name}-{version}.{team}.tlog-proof").into()
    });
    let filter = EventFilter {
        name: Some(name),
        version: Some(version),
        team: Some(team),
        kinds: vec![EventKind::DownloadDecided],
        ..EventFilter::default()
    };
    let log = backend::open_log(&args.data.path)?;
    let proof = block_on(async {
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || prove(&log, &filter, &runtime)).await?
    })?;
    write_whole(&file, &proof.to_string())?;
    let mut out = Out::new();
    writeln!(out, "event {} is proven in {}", proof.index, file.display())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn prove(
    log: &Arc<dyn AuditLog>,
    filter: &EventFilter,
    runtime: &Handle,
) -> anyhow::Result<TlogProof> {
    let kept = runtime.block_on(log.checkpoints())?;
    let newest = kept.last().context("no checkpoint was signed yet")?.note.clone();
    let checkpoint = Checkpoint::claimed(&newest).context("the newest checkpoint is malformed")?;
    let events = runtime.block_on(log.read(filter, EventOrder::NewestFirst, 1_000))?;
    let received = |decision| matches!(decision, Some(Decision::Allow | Decision::WouldDeny));
    let mut events = events.into_iter().filter(|it| received(it.event.decision));
    let Some(event) = events.find(|it| it.index < checkpoint.size) else {
        bail!(
            "no download of it by that team is on record and signed for; `depaudit log` shows what is"
        );
    };
    let source = RecordTiles::new(Arc::clone(log), runtime.clone());
    let mut tiles = Authentic::new(&source, &checkpoint)?;
    let proof = Proof::of_inclusion(&mut tiles, event.index)?;
    Ok(TlogProof { extra: Some(event.leaf), index: event.index, proof, checkpoint: newest })
}
