use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_ledger::{Checkpoint, Fault, SourceError, TileSource, VerifierKey, verify};
use depaudit_store::{KeptCheckpoint, RecordTiles, StoreError};
use tokio::runtime::Handle;
use url::Url;

use super::beside::Heard;
use super::evidence::{Evidence, Signed, read};
use super::own::Own;
use super::receipt::verify_receipt;
use super::verdict::{Behind, answer};
use super::verifier_key;
use super::watch::Watch;
use crate::args::{DataFolder, ServerUrl, TokenSource};
use crate::backend;
use crate::commands::block_on;
use crate::exit::Exit;
use crate::ledger::{CHECKPOINT, FolderTiles, KEPT, KeyPlace, ServerTiles, VERIFIERS};
use crate::output::{print_warning, progress_bar};

/// Recompute the whole record, and compare it with what was signed
///
/// Ends with 1 when something was changed, and names the first bad place. The keys that verify must
/// come from elsewhere than the log: with --key, or, for a data folder, from the ledger's key file.
/// Older checkpoints, pushed elsewhere at the time, show that nothing was rewritten since.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit ledger verify\n  \
                        depaudit ledger verify https://deps.example/ledger/ --key KEY\n  \
                        depaudit ledger verify serde.tlog-proof --key KEY")]
pub(super) struct VerifyArgs {
    /// An exported folder, the address of a ledger, or a .tlog-proof file [default: the data folder]
    #[arg(value_name = "DIR|URL|FILE")]
    target: Option<String>,
    #[command(flatten)]
    data: DataFolder,
    /// A key of the log or of a witness, as `ledger key show` prints it; repeatable
    #[arg(long, value_name = "KEY", value_parser = verifier_key)]
    key: Vec<VerifierKey>,
    /// The ledger's key file, for a data folder
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_LEDGER_KEY_FILE", hide_env_values = true)]
    ledger_key: Option<PathBuf>,
    /// A checkpoint from before, which this log has to go on from; repeatable
    #[arg(long, value_name = "FILE")]
    since: Vec<PathBuf>,
    #[command(flatten)]
    token: TokenSource,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: VerifyArgs) -> anyhow::Result<Exit> {
    let proof = args.target.as_deref().filter(|it| Path::new(it).is_file());
    match proof {
        Some(file) => verify_receipt(Path::new(file), &args.key, args.json),
        None => {
            block_on(async {
                // On a thread of its own: what it asks for is read on this one.
                let runtime = Handle::current();
                tokio::task::spawn_blocking(move || verify_log(&args, &runtime)).await?
            })
        }
    }
}

fn verify_log(args: &VerifyArgs, runtime: &Handle) -> anyhow::Result<Exit> {
    let Some(target) = &args.target else { return verify_own(args, runtime) };
    if target.starts_with("http://") || target.starts_with("https://") {
        let url: Url = target.parse().ok().context("this is no address of a ledger")?;
        let token = args.token.token()?;
        let mut server = ServerTiles::new(url.clone(), token.clone(), runtime.clone())?;
        let mut newest = server.text(CHECKPOINT)?;
        if newest.is_none() {
            // A server's address instead of its ledger's.
            let ledger = ServerUrl::from_url(url)?.below(&["ledger"]);
            server = ServerTiles::new(ledger, token, runtime.clone())?;
            newest = server.text(CHECKPOINT)?;
        }
        let newest =
            newest.context("no signed checkpoint is there: is this a ledger's address?")?;
        let text = |name| anyhow::Ok(server.text(name)?.unwrap_or_default());
        let evidence = Evidence::new(newest, &text(KEPT)?, &text(VERIFIERS)?, &args.key)?;
        return judge(&server, &evidence, args, None);
    }
    let folder = FolderTiles::new(Path::new(target))?;
    let newest = folder.text(CHECKPOINT)?.with_context(|| {
        format!("{target} is no exported ledger (`depaudit ledger export` makes one)")
    })?;
    let text = |name| anyhow::Ok(folder.text(name)?.unwrap_or_default());
    let evidence = Evidence::new(newest, &text(KEPT)?, &text(VERIFIERS)?, &args.key)?;
    judge(&folder, &evidence, args, None)
}

/// Verifies the data folder on this machine, with all that stands beside the entries.
fn verify_own(args: &VerifyArgs, runtime: &Handle) -> anyhow::Result<Exit> {
    let log = backend::open_log(&args.data.path)?;
    let kept = runtime.block_on(log.checkpoints())?;
    let file = match KeyPlace::choose(args.ledger_key.clone(), &args.data.path).read() {
        Err(error) if args.key.is_empty() => return Err(error),
        read => read.ok().flatten(),
    };
    let keys = match &file {
        Some(file) if args.key.is_empty() => file.verifiers(),
        _ => args.key.clone(),
    };
    if keys.is_empty() {
        bail!("there is no key to verify with: name one with --key or --ledger-key");
    }
    let length = runtime.block_on(log.length())?;
    let fault = |why: String| answer(args.json, None, Behind::default(), &[], Err(why));
    if kept.is_empty() && length > 0 {
        return fault(format!(
            "there are {length} events and no checkpoint: none was signed yet, or they were removed"
        ));
    }
    let claims = |it: &&KeptCheckpoint| Checkpoint::claimed(&it.note).ok().map(|it| it.size);
    if let Some(wrong) = kept.iter().find(|it| claims(it) != Some(it.size)) {
        let size = wrong.size;
        return fault(format!("the kept checkpoint of {size} entries is forged: it is of others"));
    }
    let notes = kept.into_iter().rev().map(|kept| kept.note).collect();
    let seal = file.map(|file| file.current.seal_key());
    let meta = backend::open_meta(&args.data.path).or_else(|error| {
        let older = error.downcast_ref::<StoreError>();
        // It can be verified before anything is written: another format is no word against the record.
        if !matches!(older, Some(StoreError::OtherFormat { .. })) {
            return Err(error);
        }
        print_warning(&format!("what the doors and pages go by is not compared: {error}"));
        Ok(None)
    })?;
    let own = Own::compare((Arc::clone(&log), meta), length, args.key.is_empty(), seal, runtime);
    let tiles = RecordTiles::new(log, runtime.clone());
    judge(&tiles, &Evidence { notes, keys }, args, Some(own))
}

fn judge(
    source: &dyn TileSource,
    evidence: &Evidence,
    args: &VerifyArgs,
    own: Option<Own>,
) -> anyhow::Result<Exit> {
    let newest = evidence.notes.first();
    let newest = newest.context("no checkpoint was signed yet: there is nothing to verify")?;
    let claimed = Checkpoint::claimed(newest).ok();
    let fault = |why| answer(args.json, claimed.as_ref(), Behind::default(), &[], Err(why));
    let Signed { newest, mut older } = match evidence.open() {
        Ok(signed) => signed,
        Err(why) => return fault(why),
    };
    for file in &args.since {
        let shown = file.display();
        let opened = Checkpoint::open(&read(file)?, &evidence.keys);
        older.push(opened.with_context(|| format!("{shown} proves nothing"))?.checkpoint);
    }
    let length = source.length()?;
    let size = newest.checkpoint.size;
    let claimed = claimed.as_ref().map_or(0, |it| it.size);
    if size == 0 && claimed > 0 {
        return fault(format!(
            "none of the {claimed} entries is signed for by a key that was given"
        ));
    }
    let bar = progress_bar(size, "entries");
    let heard = own.as_ref().map(|_| Heard::new());
    let mut watch = Watch::new(own.as_ref().map_or(bar, |own| own.bar(size)), heard);
    let verified = verify(source, &newest.checkpoint, &older, &mut watch);
    let verified = match verified {
        // The source failed, and says nothing about the log.
        Err(Fault::Source(error @ SourceError::Unreadable { .. })) => return Err(error.into()),
        Err(fault) => Err(fault.to_string()),
        Ok(verified) => watch.agrees(evidence).map(|()| verified),
    };
    let cosigned = evidence.cosigned();
    let verified = match (verified, &cosigned, own) {
        (Ok(_), Err(why), _) => Err(why.clone()),
        (Ok(verified), _, Some(own)) => {
            own.agrees((size, claimed), watch.heard())?.map_or(Ok(verified), Err)
        }
        (verified, ..) => verified,
    };
    let behind = Behind {
        by_others: claimed.saturating_sub(size),
        unsigned: length.map(|length| length.saturating_sub(claimed.max(size))),
    };
    let cosigned = cosigned.unwrap_or_default();
    answer(args.json, Some(&newest.checkpoint), behind, &cosigned, verified)
}
