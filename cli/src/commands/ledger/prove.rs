use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use depaudit_model::TeamId;
use depaudit_model::cargo::{CrateSpec, Release};

use crate::args::DataFolder;
use crate::backend;
use crate::commands::{block_on, write_whole};
use crate::exit::Exit;
use crate::output::Out;

/// Write a proof that a team received a release, which verifies offline (C2SP tlog-proof)
///
/// It is about the newest answer that is signed for and had every byte of the crate: the event of its
/// end, since a client that has the crate already is answered without any. Whoever has the log's key
/// verifies it with `depaudit ledger verify FILE --key KEY`, without this server.
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
    let (name, team) = (args.release.name.clone(), &args.team);
    let file = args.out.clone().unwrap_or_else(|| {
        // Names of crates, versions and teams have no slash and no leading dot.
        format!("{name}-{version}.{team}.tlog-proof").into()
    });
    let release = Release { name, version };
    let log = backend::open_log(&args.data.path)?;
    let proof = block_on(async {
        let receipt = depaudit_trace::receipt(&*log, &release, team).await?;
        anyhow::Ok(depaudit_trace::prove(&log, receipt.index).await?)
    })?;
    write_whole(&file, &proof.to_string())?;
    let mut out = Out::new();
    writeln!(out, "event {} is proven in {}", proof.index, file.display())?;
    out.flush()?;
    Ok(Exit::Done)
}
