use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use depaudit_ledger::LogName;
use depaudit_model::Clock;
use depaudit_store::Record;

use super::rotation::Rotation;
use crate::args::DataFolder;
use crate::backend;
use crate::commands::block_on;
use crate::exit::Exit;
use crate::ledger::{KeyFile, KeyPlace, sign_now};
use crate::output::Out;
use crate::system::SystemClock;

/// Make, show and rotate the key that signs the ledger's checkpoints
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger key show")]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    New(NewArgs),
    Show(ShowArgs),
    Rotate(RotateArgs),
}

/// Make a key file for a new ledger, and print what verifies its signatures
///
/// `depaudit serve` makes one by itself. This is for keeping the key apart from the data: give the
/// file to `serve --ledger-key`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger key new --name example.com/ledger ledger.key")]
struct NewArgs {
    /// The file to make; only its owner can read it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the log is called: its address without the scheme, by convention [default: a random one]
    #[arg(long, value_name = "NAME", value_parser = log_name)]
    name: Option<LogName>,
}

/// Print what verifies the ledger's signatures, the key that signs now first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger key show")]
struct ShowArgs {
    #[command(flatten)]
    place: Place,
}

/// Put a new key in the place of the one that signs, also while the server runs
///
/// A checkpoint signed by both stays in the record, and the rotation is an event: each key verifies
/// its part. The old private key is gone then.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit ledger key rotate")]
struct RotateArgs {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    data: DataFolder,
    /// The key file [default: DEPAUDIT_LEDGER_KEY, or ledger.key in the data folder]
    #[arg(long, value_name = "FILE", env = "DEPAUDIT_LEDGER_KEY_FILE", hide_env_values = true)]
    ledger_key: Option<PathBuf>,
}

fn log_name(text: &str) -> Result<LogName, String> {
    text.parse().map_err(|error: depaudit_ledger::NoteError| error.to_string())
}

pub(super) fn run(args: KeyArgs) -> anyhow::Result<Exit> {
    match args.command {
        KeyCommand::New(args) => {
            let key = KeyFile::new(args.name)?;
            key.create(&args.file)?;
            print(&key)
        }
        KeyCommand::Show(args) => print(&args.place.read()?.1),
        KeyCommand::Rotate(args) => rotate(&args.place),
    }
}

impl Place {
    fn read(&self) -> anyhow::Result<(KeyPlace, KeyFile)> {
        let place = KeyPlace::choose(self.ledger_key.clone(), &self.data.path);
        let key = place.read()?;
        let shown = self.ledger_key.as_deref().unwrap_or(&self.data.path);
        let key = key.with_context(|| {
            format!("there is no ledger key at {}: `depaudit serve` makes one", shown.display())
        })?;
        Ok((place, key))
    }
}

fn print(key: &KeyFile) -> anyhow::Result<Exit> {
    let mut out = Out::new();
    for key in key.verifiers() {
        writeln!(out, "{key}")?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn rotate(place: &Place) -> anyhow::Result<Exit> {
    let (key_place, old) = place.read()?;
    let KeyPlace::File(path) = &key_place else {
        bail!("the key stands in DEPAUDIT_LEDGER_KEY: a variable cannot be rotated from here");
    };
    let before = old.current.verifier();
    // The old key signs once more, together with the new one.
    let old_text = old.current.reveal();
    let new = old.rotated();
    block_on(async {
        let backend = backend::open_with_key(&place.data.path, &key_place).await?;
        let rotation = Rotation { before, after: new.current.verifier() };
        let event = rotation.event(SystemClock.now());
        backend.audit.append(vec![Record { event, client: None }]).await?;
        let old = old_text.parse()?;
        let keys = [&old, &new.current];
        let sign = async || sign_now(&backend.audit, &keys, &new.verifiers(), true).await;
        sign().await?;
        // From here on a running server signs with the new one. What it was just signing with the old
        // one is within what both sign now.
        new.replace(path)?;
        sign().await?;
        backend.close().await
    })?;
    print(&new)
}
