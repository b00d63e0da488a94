use anyhow::bail;
use clap::Args;
use depaudit_model::{Clock, TokenId};

use super::{REVOKE, put_on_record};
use crate::args::{DataFolder, Next};
use crate::backend::Backend;
use crate::system::SystemClock;

/// End a token for good
///
/// A running server refuses it from its next request on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit token revoke 0f3a5c7e9b1d")]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The token's id, as `depaudit token list` shows it
    #[arg(value_name = "ID")]
    id: TokenId,
}

impl RevokeArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let tokens = backend.meta.tokens().await?;
        let Some(token) = tokens.iter().find(|token| token.id == self.id) else {
            let list = Next::new(["token", "list"]).on(&self.data.path);
            bail!("there is no token {}; `{list}` shows those there are", self.id);
        };
        // First: a token that leaked must end, also when the record cannot be written.
        if backend.meta.revoke_token(&self.id, SystemClock.now()).await? {
            put_on_record(backend, token, REVOKE, None).await?;
        }
        Ok(())
    }
}
