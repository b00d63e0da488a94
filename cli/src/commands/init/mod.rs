//! `depaudit init`

pub mod diff;
mod edit;
mod mask;
mod place;
mod server;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use depaudit_model::{RegistryName, TeamId};

use crate::args::ServerUrl;
use crate::cargo_snippet;
use crate::config::values::IndexUrl;
use crate::exit::Exit;
use crate::output::{Out, print_warning};
use edit::Plan;
use place::Place;
use server::Told;

/// Let the Cargo of a repository ask a depaudit server
///
/// Writes two settings into the repository's Cargo configuration (.cargo/config.toml) and keeps
/// everything else in it. Asks the server whether it serves the team, and shows the change first.
/// Manifests and Cargo.lock stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depaudit init --team payments
  depaudit init services/ledger --team payments --server https://depaudit.example --yes")]
pub struct InitArgs {
    /// Folder of the repository
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Name of the team, as it will stand in the record
    #[arg(long, env = "DEPAUDIT_TEAM")]
    team: TeamId,
    /// Address of the server
    #[arg(
        long,
        value_name = "URL",
        env = "DEPAUDIT_SERVER",
        default_value = "http://127.0.0.1:8417"
    )]
    server: ServerUrl,
    /// Registry behind the server
    #[arg(long, value_name = "NAME", default_value = "crates-io")]
    registry: RegistryName,
    /// The registry's own index, as manifests and locks know it; for any other than crates-io
    #[arg(long, value_name = "SPARSE_URL")]
    upstream: Option<IndexUrl>,
    /// Write without asking
    #[arg(long, short)]
    yes: bool,
    /// Show the change and write nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Replace settings that lead Cargo elsewhere, and write what the server says that it does not serve
    #[arg(long)]
    force: bool,
}

impl InitArgs {
    fn settings(&self) -> anyhow::Result<Vec<cargo_snippet::Setting>> {
        let server = self.server.as_url();
        let crates_io = self.registry == RegistryName::crates_io();
        match &self.upstream {
            None if crates_io => Ok(cargo_snippet::settings(server, &self.team)),
            None => bail!(
                "--registry {0} needs --upstream, the address that locks know it by: \
                 the index that the server has for `{0}`",
                self.registry
            ),
            Some(_) if crates_io => bail!("--upstream is for other registries than crates-io"),
            Some(upstream) => Ok(cargo_snippet::settings_of_registry(
                server,
                &self.team,
                &self.registry,
                &upstream.0,
            )),
        }
    }
}

impl InitArgs {
    /// Whether the server asks the team for a token, as far as it can be asked now.
    ///
    /// # Errors
    /// When it does not serve the team, and nobody insists.
    fn asks_for_token(&self) -> anyhow::Result<bool> {
        let Self { server, team, registry, force, .. } = self;
        match server::ask(server, team, registry)? {
            Told::Serves { by_token } => return Ok(by_token),
            Told::Refuses(why) if *force => print_warning(&format!("{server} says: {why}")),
            Told::Refuses(why) => {
                bail!(
                    "{server} says: {why}; no build could ask it so. --force writes it all the same"
                )
            }
            Told::Nothing(why) => print_warning(&format!(
                "whether {server} serves the team `{team}` is not known: {why}"
            )),
        }
        Ok(false)
    }
}

/// Runs the command.
///
/// # Errors
/// When the server does not serve the team, or the configuration cannot be read or written, is no TOML, or leads Cargo elsewhere already.
/// It is as it was then.
pub fn run(args: InitArgs) -> anyhow::Result<Exit> {
    let place = Place::find(&args.path)?;
    let shown = place.shown().display();
    let mut out = Out::new();
    if place.shadows_another() {
        writeln!(out, "note: Cargo reads {shown} and not the config.toml beside it")?;
    }
    let settings = args.settings()?;
    let old = place.text();
    let new = match edit::plan(old, &settings, args.force).with_context(|| shown.to_string())? {
        Plan::Nothing => {
            writeln!(out, "{shown} is right already: nothing to do")?;
            out.flush()?;
            return Ok(Exit::Done);
        }
        Plan::Change(new) => new,
    };
    let by_token = args.asks_for_token()?;
    diff::print(&mut out, &shown.to_string(), old, &new)?;
    out.flush()?;
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes && !agreed(&mut out, &shown.to_string())? {
        writeln!(out, "nothing was written")?;
        out.flush()?;
        return Ok(Exit::Negative);
    }
    place.write(&new)?;
    writeln!(out, "wrote {shown}\n\n{NEXT}")?;
    if by_token {
        writeln!(out, "\n{}", cargo_snippet::by_token(&args.team, &args.registry))?;
    }
    writeln!(out, "\n{}", approved(args.server.as_url()))?;
    out.flush()?;
    Ok(Exit::Done)
}

const NEXT: &str = "\
Check it with `cargo fetch`; `depaudit log` on the server then shows what this team received.

Two commands go past a repository's configuration:
  cargo install NAME   reads $CARGO_HOME/config.toml alone: put the same settings there
  cargo vendor         needs --respect-source-config";

/// What a policy of scans has to say: a source replacement that nobody approved is denied.
fn approved(server: &url::Url) -> String {
    let approved = toml_edit::Value::from(server.origin().ascii_serialization());
    format!(
        "`depaudit scan` denies what replaces crates.io unless the policy, depaudit.toml at the top of the \
         repository or the central one, approves it:\n  [approved]\n  proxies = [{approved}]"
    )
}

/// Asks the person at the terminal.
///
/// # Errors
/// When there is none to ask.
fn agreed(out: &mut impl Write, shown: &str) -> anyhow::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!("nobody is there to ask: add --yes to write {shown}, or --dry-run to look only");
    }
    write!(out, "Write this to {shown}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
