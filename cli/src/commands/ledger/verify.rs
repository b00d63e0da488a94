use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_ledger::{
    Checkpoint, CheckpointError, Fault, Opened, TileSource, TlogProof, VerifierKey, Verifying,
    verify,
};
use depaudit_model::event::Event;
use depaudit_store::{AuditLog, RecordTiles};
use indicatif::ProgressBar;
use tokio::runtime::Handle;
use url::Url;

use super::own::{Own, span};
use super::verdict::{Behind, answer};
use super::verifier_key;
use crate::args::{DataFolder, ServerUrl, TokenSource};
use crate::backend;
use crate::commands::block_on;
use crate::exit::Exit;
use crate::ledger::{CHECKPOINT, FolderTiles, KEPT, KeyPlace, ServerTiles, VERIFIERS};
use crate::output::{BAD, Out, print_warning, progress_bar, write_json_line};

/// How many events are compared with their columns at a time.
const COMPARED: usize = 20_000;
/// Far above any checkpoint or proof.
const LARGEST: u64 = 1 << 20;

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

/// What there is to verify with.
struct Evidence {
    /// The newest checkpoint first.
    notes: Vec<String>,
    keys: Vec<VerifierKey>,
}

pub(super) fn run(args: VerifyArgs) -> anyhow::Result<Exit> {
    let proof = args.target.as_deref().filter(|it| Path::new(it).is_file());
    match proof {
        Some(file) => verify_proof(Path::new(file), &args),
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
    let Some(target) = &args.target else {
        let log = backend::open_log(&args.data.path)?;
        let kept = runtime.block_on(log.checkpoints())?;
        let keys = match KeyPlace::choose(args.ledger_key.clone(), &args.data.path).read() {
            Ok(Some(file)) if args.key.is_empty() => file.verifiers(),
            Err(error) if args.key.is_empty() => return Err(error),
            _ => args.key.clone(),
        };
        if keys.is_empty() {
            bail!("there is no key to verify with: name one with --key or --ledger-key");
        }
        let notes: Vec<_> = kept.into_iter().rev().map(|kept| kept.note).collect();
        let length = runtime.block_on(log.length())?;
        if notes.is_empty() && length > 0 {
            let why = format!(
                "there are {length} events and no checkpoint: none was signed yet, or they were removed"
            );
            return answer(args.json, None, Behind::default(), &[], Err(why));
        }
        let evidence = Evidence { notes, keys };
        let columns = || contradiction(&*log, length, runtime);
        let unsigned = |from| runtime.block_on(span(&*log, from));
        let tiles = RecordTiles::new(Arc::clone(&log), runtime.clone());
        let every_key = args.key.is_empty();
        let own = Own { columns: &columns, unsigned: &unsigned, every_key };
        return judge(&tiles, &evidence, args, Some(own));
    };
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
        let kept = server.text(KEPT)?.unwrap_or_default();
        let own = server.text(VERIFIERS)?.unwrap_or_default();
        return judge(&server, &Evidence::of(newest, &kept, &own, args)?, args, None);
    }
    let folder = PathBuf::from(target);
    let text = |name: &str| read(&folder.join(name));
    let newest = text(CHECKPOINT).with_context(|| {
        format!("{} is no exported ledger (`depaudit ledger export` makes one)", folder.display())
    })?;
    let evidence = Evidence::of(
        newest,
        &text(KEPT).unwrap_or_default(),
        &text(VERIFIERS).unwrap_or_default(),
        args,
    )?;
    judge(&FolderTiles(folder), &evidence, args, None)
}

/// The first event of which a search would find something else than what it says.
fn contradiction(log: &dyn AuditLog, length: u64, runtime: &Handle) -> anyhow::Result<Option<u64>> {
    let bar = progress_bar(length, "events compared with what is searched for");
    for first in (0..length).step_by(COMPARED) {
        if let Some(index) = runtime.block_on(log.contradiction(first, COMPARED))? {
            bar.finish_and_clear();
            return Ok(Some(index));
        }
        bar.set_position(first);
    }
    bar.finish_and_clear();
    Ok(None)
}

impl Evidence {
    fn of(newest: String, kept: &str, own: &str, args: &VerifyArgs) -> anyhow::Result<Self> {
        let mut notes: Vec<_> = depaudit_ledger::read_list(kept).map(str::to_owned).collect();
        notes.reverse();
        if notes.first() != Some(&newest) {
            notes.insert(0, newest);
        }
        if !args.key.is_empty() {
            return Ok(Self { notes, keys: args.key.clone() });
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
}

fn judge(
    source: &dyn TileSource,
    evidence: &Evidence,
    args: &VerifyArgs,
    own: Option<Own<'_>>,
) -> anyhow::Result<Exit> {
    let Evidence { notes, keys } = evidence;
    let newest =
        notes.first().context("no checkpoint was signed yet: there is nothing to verify")?;
    let (opened, behind) = match open(notes, keys) {
        Ok(found) => found,
        Err(error) => {
            let why = Err(error.to_string());
            return answer(
                args.json,
                Checkpoint::claimed(newest).ok().as_ref(),
                Behind::default(),
                &[],
                why,
            );
        }
    };
    let mut older = Vec::new();
    for note in notes.iter().skip(behind + 1) {
        match Checkpoint::open(note, keys) {
            Ok(kept) => older.push(kept.checkpoint),
            // One that another key signed is for that key's holder to verify.
            Err(CheckpointError::Unsigned(_)) => {}
            Err(error) => {
                let claimed = Checkpoint::claimed(note).map_or(0, |it| it.size);
                let why = format!("the kept checkpoint of {claimed} entries is forged: {error}");
                return answer(
                    args.json,
                    Some(&opened.checkpoint),
                    Behind::default(),
                    &[],
                    Err(why),
                );
            }
        }
    }
    for file in &args.since {
        let shown = file.display();
        let opened = Checkpoint::open(&read(file)?, keys);
        older.push(opened.with_context(|| format!("{shown} proves nothing"))?.checkpoint);
    }
    let length = source.length()?;
    let claimed = Checkpoint::claimed(newest).map_or(0, |it| it.size);
    if opened.checkpoint.size == 0 && claimed > 0 {
        let why = format!("none of the {claimed} entries is signed for by a key that was given");
        return answer(args.json, Some(&opened.checkpoint), Behind::default(), &[], Err(why));
    }
    let mut watch = Watch { bar: progress_bar(opened.checkpoint.size, "entries"), unreadable: 0 };
    let verified = verify(source, &opened.checkpoint, &older, &mut watch);
    watch.bar.finish_and_clear();
    let cosigned: Vec<_> = opened.cosigned.iter().map(|it| it.witness.to_string()).collect();
    let silent = keys.iter().find(|key| {
        key.is_witness() && !opened.cosigned.iter().any(|it| it.witness == *key.name())
    });
    let verified = match verified {
        Ok(_) if let Some(witness) = silent => {
            Err(format!("the witness {} has not cosigned it", witness.name()))
        }
        // The source failed, and says nothing about the log.
        Err(Fault::Source(error @ depaudit_ledger::SourceError::Unreadable { .. })) => {
            return Err(error.into());
        }
        Ok(_) if watch.unreadable > 0 => Err(format!(
            "{} entries are no events that this depaudit reads, although they are signed for",
            watch.unreadable
        )),
        Ok(verified) => match own {
            Some(own) => {
                own.agrees(opened.checkpoint.size, claimed, length)?.map_or(Ok(verified), Err)
            }
            None => Ok(verified),
        },
        Err(fault) => Err(fault.to_string()),
    };
    let behind = Behind {
        by_others: claimed.saturating_sub(opened.checkpoint.size),
        unsigned: length.map(|length| length.saturating_sub(claimed.max(opened.checkpoint.size))),
    };
    answer(args.json, Some(&opened.checkpoint), behind, &cosigned, verified)
}

/// The newest checkpoint that one of the keys has signed, and how many come before it. One with a
/// wrong signature ends the search: it is no older key's.
fn open(notes: &[String], keys: &[VerifierKey]) -> Result<(Opened, usize), CheckpointError> {
    let mut unsigned = None;
    for (place, note) in notes.iter().enumerate() {
        match Checkpoint::open(note, keys) {
            Ok(opened) => return Ok((opened, place)),
            Err(error @ CheckpointError::Unsigned(_)) => unsigned = unsigned.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(unsigned.unwrap_or(CheckpointError::Malformed("there is none")))
}

/// Counts, and looks whether each entry is an event.
struct Watch {
    bar: ProgressBar,
    unreadable: u64,
}

impl Verifying for Watch {
    fn so_far(&mut self, entries: u64) {
        self.bar.set_position(entries);
    }

    fn entry(&mut self, _: u64, entry: &[u8]) -> Result<(), Fault> {
        // Only its shape: decoding ten million would take longer than verifying them.
        self.unreadable += u64::from(!(entry.starts_with(b"{") && entry.ends_with(b"}")));
        Ok(())
    }
}

fn verify_proof(file: &Path, args: &VerifyArgs) -> anyhow::Result<Exit> {
    let shown = file.display();
    let proof: TlogProof = read(file)?.parse().with_context(|| format!("cannot read {shown}"))?;
    if args.key.is_empty() {
        bail!("name the log's key with --key: `depaudit ledger key show` prints it");
    }
    let entry = proof.extra.as_deref().context("the proof does not hold the event it is about")?;
    let mut out = Out::new();
    match proof.verify(entry, &args.key) {
        Ok(opened) => {
            let event: Event = serde_json::from_slice(entry).context("the entry is no event")?;
            if args.json {
                write_json_line(
                    &mut out,
                    &serde_json::json!({
                        "schema": "depaudit.ledger-proof/1", "verified": true, "index": proof.index,
                        "size": opened.checkpoint.size, "origin": opened.checkpoint.origin.as_str(),
                        "event": event,
                    }),
                )?;
            } else {
                let Checkpoint { origin, size, .. } = &opened.checkpoint;
                writeln!(out, "verified: event {} of the {size} of {origin}:", proof.index)?;
                write_json_line(&mut out, &event)?;
            }
            out.flush()?;
            Ok(Exit::Done)
        }
        Err(error) => {
            if args.json {
                write_json_line(
                    &mut out,
                    &serde_json::json!({
                        "schema": "depaudit.ledger-proof/1", "verified": false,
                        "fault": format!("{:#}", anyhow::Error::from(error)),
                    }),
                )?;
            } else {
                let error = format!("{:#}", anyhow::Error::from(error));
                writeln!(out, "{BAD}not verified{BAD:#}: {error}")?;
            }
            out.flush()?;
            Ok(Exit::Negative)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let mut text = String::new();
    let file = File::open(path).with_context(cannot)?;
    file.take(LARGEST).read_to_string(&mut text).with_context(cannot)?;
    Ok(text)
}
