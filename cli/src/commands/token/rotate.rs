use anyhow::bail;
use clap::Args;
use depaudit_model::{AccessToken, Clock, TokenId};
use depaudit_store::Token;

use super::{Rotated, made, put_on_record};
use crate::args::{DataFolder, Next};
use crate::backend::Backend;
use crate::config::values::Span;
use crate::system::{SystemClock, SystemRandomness};

/// Make a token that takes another one's place, and show it once
///
/// It has the same team, scope and name, and lasts as long as the old one was made for. The old one
/// ends after the overlap.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit token rotate 0f3a5c7e9b1d --overlap 24h")]
pub(super) struct RotateArgs {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The token's id, as `depaudit token list` shows it
    #[arg(value_name = "ID")]
    id: TokenId,
    /// How long the old token goes on working; 0s ends it at once
    #[arg(long, value_name = "TIME", default_value = "24h")]
    overlap: Span,
}

impl RotateArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let tokens = backend.meta.tokens().await?;
        let Some(old) = tokens.into_iter().find(|token| token.id == self.id) else {
            let list = Next::new(["token", "list"]).on(&self.data.path);
            bail!("there is no token {}; `{list}` shows those there are", self.id);
        };
        if !old.is_valid(now) {
            let create = Next::new(["token", "create"]).of_team(&old.team);
            let create = create.flag("--scope", old.scope).flag("--name", &old.name);
            let create = create.on(&self.data.path);
            bail!("the token {} has ended; make a new one with `{create}`", self.id);
        }
        let lifetime = old.expires.and_then(|expires| expires.since(old.created));
        let text = AccessToken::generate(&SystemRandomness);
        let token = Token {
            id: TokenId::generate(&SystemRandomness),
            created: now,
            expires: lifetime.map(|lifetime| now.plus(lifetime)),
            used: None,
            rotated_from: Some(old.id),
            ..old
        };
        let ends = now.plus(self.overlap.0);
        // First: no token works that is not on record.
        let rotated = Rotated { old: self.id.to_string(), ends: Some(ends) };
        put_on_record(backend, &token, &rotated.to_string(), Some(&text)).await?;
        if !backend.meta.rotate_token(&token, &text.digest(), ends).await? {
            bail!("the token {} was revoked meanwhile; nothing was made", self.id);
        }
        made::show(&text, &token)?;
        Ok(())
    }
}
