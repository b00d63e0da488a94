use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use depaudit_ledger::{
    Checkpoint, CheckpointError, Fault, Opened, TileSource, TlogProof, Verified, VerifierKey,
    Verifying, verify,
};
use depaudit_model::event::Event;
use indicatif::ProgressBar;
use serde::Serialize;
use tokio::runtime::Handle;
use url::Url;

use super::verifier_key;
use crate::args::{DataFolder, TokenSource};
use crate::backend;
use crate::commands::block_on;
use crate::exit::Exit;
use crate::ledger::{CHECKPOINT, FolderTiles, KEPT, KeyPlace, RecordTiles, ServerTiles, VERIFIERS};
use crate::output::{BAD, Out, print_warning, progress_bar, write_json_line};

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

/// What is printed.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    verified: bool,
    /// Entries that were verified; with a fault, how many the checkpoint has.
    size: u64,
    /// Entries behind the checkpoint, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsigned: Option<u64>,
    origin: String,
    older_checkpoints: usize,
    cosigned: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

pub(super) fn run(args: VerifyArgs) -> anyhow::Result<Exit> {
    let proof = args.target.as_deref().filter(|it| it.ends_with(".tlog-proof"));
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
        let notes = kept.into_iter().rev().map(|kept| kept.note).collect();
        return judge(&RecordTiles::new(log, runtime.clone()), &Evidence { notes, keys }, args);
    };
    if target.starts_with("http://") || target.starts_with("https://") {
        let url: Url = target.parse().ok().context("this is no address of a ledger")?;
        let server = ServerTiles::new(url, args.token.token()?, runtime.clone())?;
        let newest = server.text(CHECKPOINT)?.context("the server has signed no checkpoint")?;
        let kept = server.text(KEPT)?.unwrap_or_default();
        let own = server.text(VERIFIERS)?.unwrap_or_default();
        return judge(&server, &Evidence::of(newest, &kept, &own, args)?, args);
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
    judge(&FolderTiles(folder), &evidence, args)
}

impl Evidence {
    fn of(newest: String, kept: &str, own: &str, args: &VerifyArgs) -> anyhow::Result<Self> {
        let mut notes: Vec<_> = split(kept).map(str::to_owned).collect();
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

/// The notes of a list, each behind its length.
fn split(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (length, rest) = text.split_once('\n')?;
        let (note, behind) = rest.split_at_checked(length.parse().ok()?)?;
        text = behind;
        Some(note)
    })
}

fn judge(source: &dyn TileSource, evidence: &Evidence, args: &VerifyArgs) -> anyhow::Result<Exit> {
    let Evidence { notes, keys } = evidence;
    let newest =
        notes.first().context("no checkpoint was signed yet: there is nothing to verify")?;
    let (opened, behind) = match open(notes, keys) {
        Ok(found) => found,
        Err(error) => {
            let claimed = newest.split_once("\n\n").map(|(text, _)| format!("{text}\n"));
            let claimed = claimed.and_then(|text| Checkpoint::read(&text).ok());
            return answer(args, claimed.as_ref(), None, &[], Err(error.to_string()));
        }
    };
    let mut older = Vec::new();
    for note in notes.iter().skip(behind + 1) {
        // One that another key signed is for that key's holder to verify.
        if let Ok(kept) = Checkpoint::open(note, keys) {
            older.push(kept.checkpoint);
        }
    }
    for file in &args.since {
        let shown = file.display();
        let opened = Checkpoint::open(&read(file)?, keys);
        older.push(opened.with_context(|| format!("{shown} proves nothing"))?.checkpoint);
    }
    let length = source.length()?;
    let mut watch = Watch { bar: progress_bar(opened.checkpoint.size, "entries"), unreadable: 0 };
    let verified = verify(source, &opened.checkpoint, &older, &mut watch);
    watch.bar.finish_and_clear();
    let verified = match verified {
        // The source failed, and says nothing about the log.
        Err(Fault::Source(error @ depaudit_ledger::SourceError::Unreadable { .. })) => {
            return Err(error.into());
        }
        Ok(_) if watch.unreadable > 0 => Err(format!(
            "{} entries are no events that this depaudit reads, although they are signed for",
            watch.unreadable
        )),
        other => other.map_err(|fault| fault.to_string()),
    };
    let unsigned = length.map(|length| length.saturating_sub(opened.checkpoint.size));
    let cosigned: Vec<_> = opened.cosigned.iter().map(|it| it.witness.to_string()).collect();
    answer(args, Some(&opened.checkpoint), unsigned, &cosigned, verified)
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

fn answer(
    args: &VerifyArgs,
    checkpoint: Option<&Checkpoint>,
    unsigned: Option<u64>,
    cosigned: &[String],
    verified: Result<Verified, String>,
) -> anyhow::Result<Exit> {
    let exit = if verified.is_ok() { Exit::Done } else { Exit::Negative };
    let answer = Answer {
        schema: "depaudit.ledger-verify/1",
        verified: verified.is_ok(),
        size: checkpoint.map_or(0, |it| it.size),
        unsigned,
        origin: checkpoint.map(|it| it.origin.to_string()).unwrap_or_default(),
        older_checkpoints: verified.as_ref().map_or(0, |it| it.older),
        cosigned: cosigned.to_vec(),
        fault: verified.err(),
    };
    let mut out = Out::new();
    if args.json {
        write_json_line(&mut out, &answer)?;
    } else {
        print(&mut out, &answer)?;
    }
    out.flush()?;
    Ok(exit)
}

fn print(out: &mut Out, answer: &Answer) -> std::io::Result<()> {
    let Answer { size, origin, older_checkpoints, .. } = answer;
    if let Some(fault) = &answer.fault {
        return writeln!(out, "{BAD}not verified{BAD:#}: {fault}");
    }
    writeln!(out, "verified: the {size} entries of {origin} are those that were signed for")?;
    if *older_checkpoints > 0 {
        writeln!(out, "  {older_checkpoints} older checkpoints are its beginnings")?;
    }
    for witness in &answer.cosigned {
        writeln!(out, "  cosigned by {witness}")?;
    }
    match answer.unsigned {
        Some(newer) if newer > 0 => {
            writeln!(
                out,
                "  {newer} newer events are not signed for yet: a running server signs them"
            )
        }
        _ => Ok(()),
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
