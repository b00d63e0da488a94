use std::io::Write;

use clap::Args;
use depaudit_model::{Clock, TeamId, Timestamp, TokenId, TokenName, TokenScope};
use depaudit_store::Token;
use serde::Serialize;

use crate::args::DataFolder;
use crate::backend::Backend;
use crate::output::{Cell, Column, Out, Table, write_json_line};
use crate::system::SystemClock;

/// List the tokens, the oldest first; those that have ended, too
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  depaudit token list --json")]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print one JSON object for each token
    #[arg(long)]
    json: bool,
}

/// A token, as scripts read it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a TokenId,
    team: &'a TeamId,
    scope: TokenScope,
    name: &'a TokenName,
    state: &'static str,
    created: Timestamp,
    expires: Option<Timestamp>,
    revoked: Option<Timestamp>,
    used: Option<Timestamp>,
    rotated_from: Option<&'a TokenId>,
}

impl ListArgs {
    pub(super) async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let (tokens, now) = (backend.meta.tokens().await?, SystemClock.now());
        let mut out = Out::new();
        if self.json {
            for token in &tokens {
                write_json_line(&mut out, &line(token, now))?;
            }
        } else {
            let column = |title, least| Column { title, least, number: false };
            let columns = [
                column("id", 12),
                column("team", 8),
                column("scope", 6),
                column("name", 8),
                column("state", 7),
                column("expires", 10),
                column("used", 10),
            ];
            let rows: Vec<_> = tokens.iter().map(|token| row(token, now)).collect();
            Table::new(columns, Out::columns()).print(&mut out, &rows)?;
        }
        out.flush()?;
        Ok(())
    }
}

fn line(token: &Token, now: Timestamp) -> Line<'_> {
    let Token { id, team, scope, name, created, expires, revoked, used, rotated_from } = token;
    Line {
        id,
        team,
        scope: *scope,
        name,
        state: state(token, now),
        created: *created,
        expires: *expires,
        revoked: *revoked,
        used: *used,
        rotated_from: rotated_from.as_ref(),
    }
}

fn row(token: &Token, now: Timestamp) -> [Cell; 7] {
    let moment = |when: Option<Timestamp>| when.map_or_else(|| Cell::new("never"), Cell::new);
    [
        Cell::new(&token.id),
        Cell::new(&token.team),
        Cell::new(token.scope),
        Cell::new(&token.name),
        Cell::new(state(token, now)),
        moment(token.expires),
        moment(token.used),
    ]
}

fn state(token: &Token, now: Timestamp) -> &'static str {
    match (token.revoked, token.is_valid(now)) {
        (Some(_), _) => "revoked",
        (None, false) => "expired",
        (None, true) => "valid",
    }
}
