//! `depaudit token`

mod create;
mod exchange;
mod list;
mod made;
mod revoke;
mod rotate;
mod told;

use clap::{Args, Subcommand};
use depaudit_model::event::{Event, EventKind};
use depaudit_model::{AccessToken, Clock};
use depaudit_store::{Record, Token};

use crate::args::DataFolder;
use crate::backend::{self, Backend};
use crate::exit::Exit;
use crate::system::SystemClock;
pub(super) use told::{REVOKE, Rotated, Said, Until, told};

/// Make, list and end the tokens that teams prove themselves with, also while the server runs
///
/// A server asks for them with `serve --auth required`. Every change is on record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit token create --team payments --scope read\n  \
                        depaudit token list")]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    Create(create::CreateArgs),
    List(list::ListArgs),
    Revoke(revoke::RevokeArgs),
    Rotate(rotate::RotateArgs),
    Exchange(exchange::ExchangeArgs),
}

/// Runs the command.
///
/// # Errors
/// When there is no data in the folder, it cannot be used, there is no such token, or a server gives
/// none.
pub fn run(args: TokenArgs) -> anyhow::Result<Exit> {
    match args.command {
        TokenCommand::Create(args) => with(&args.data, async |backend| args.run(backend).await),
        TokenCommand::List(args) => with(&args.data, async |backend| args.run(backend).await),
        TokenCommand::Revoke(args) => with(&args.data, async |backend| args.run(backend).await),
        TokenCommand::Rotate(args) => with(&args.data, async |backend| args.run(backend).await),
        TokenCommand::Exchange(args) => args.run(),
    }
}

fn with(
    data: &DataFolder,
    work: impl AsyncFnOnce(&Backend) -> anyhow::Result<()>,
) -> anyhow::Result<Exit> {
    super::block_on(async {
        let backend = backend::open_existing(&data.path).await?;
        work(&backend).await?;
        backend.close().await
    })?;
    Ok(Exit::Done)
}

/// Puts on record what is done to a token: its public side, never its text or digest. How long one lasts, and
/// how its text is known, is said where it is made.
async fn put_on_record(
    backend: &Backend,
    token: &Token,
    what: &str,
    text: Option<&AccessToken>,
) -> anyhow::Result<()> {
    let made = text
        .map(|text| Said { until: Until::of(token), mark: Some(Token::mark_of(&text.digest())) });
    let made = made.map(|made| made.to_string()).unwrap_or_default();
    let detail = format!("token {what}: {}{made}", told(token));
    let mut event = Event::new(EventKind::Administration, SystemClock.now()).with_detail(&detail);
    event.team = Some(token.team.clone());
    backend.audit.append(vec![Record { event, client: None }]).await?;
    Ok(())
}
