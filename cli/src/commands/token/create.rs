use anyhow::bail;
use clap::Args;
use depaudit_model::{AccessToken, Clock, TeamId, TokenId, TokenName, TokenScope};
use depaudit_store::Token;

use super::{made, put_on_record};
use crate::args::DataFolder;
use crate::backend::Backend;
use crate::config::values::Span;
use crate::system::{SystemClock, SystemRandomness};

/// Make a token, and show it once
///
/// Standard output gets the token alone. The server keeps a digest of it, so nobody can show it again.
///
/// On the server's pages, whoever logs in with a token of scope `read` or `report` sees what teams report
/// and what the token's team received. With `admin` one also acts: for every team, or for the token's team
/// alone where the server names other teams as its operators' (`serve --operator-team`).
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  depaudit token create --team payments --scope read\n  \
                        depaudit token create --team payments --scope report --name ci --expires 90d")]
pub(super) struct CreateArgs {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The team whose paths it opens
    #[arg(long, value_name = "NAME")]
    team: TeamId,
    /// What it opens: read (index and crates), report (reports) or admin (everything of the team)
    #[arg(long, value_name = "SCOPE")]
    scope: TokenScope,
    /// How long it lasts; without, until it is revoked
    #[arg(long, value_name = "TIME")]
    expires: Option<Span>,
    /// A name for people; it stands on record with everything the token does
    #[arg(long, value_name = "NAME", default_value = "token")]
    name: TokenName,
}

impl CreateArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        if self.expires.as_ref().is_some_and(|span| span.0.is_zero()) {
            bail!(
                "a token that lasts 0s opens nothing: leave --expires out, or name a length of time"
            );
        }
        let now = SystemClock.now();
        let text = AccessToken::generate(&SystemRandomness);
        let token = Token {
            id: TokenId::generate(&SystemRandomness),
            team: self.team.clone(),
            scope: self.scope,
            name: self.name.clone(),
            created: now,
            expires: self.expires.as_ref().map(|span| now.plus(span.0)),
            revoked: None,
            used: None,
            rotated_from: None,
        };
        // First: no token works that is not on record.
        put_on_record(backend, &token, "create", Some(&text)).await?;
        backend.meta.add_token(&token, &text.digest()).await?;
        made::show(&text, &token)?;
        Ok(())
    }
}
