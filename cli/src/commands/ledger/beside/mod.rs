//! What the doors and the pages go by stands in the metadata, beside the record: checksums that are pinned,
//! waivers, tokens, sessions, reports. None of it is signed for, and all of it was put on record first. Whoever
//! can write that database and does not hold the ledger's key is found out where they add to it or change it.
//! What they remove is not told, but for pins; nor is what was never on record: the index as it was fetched
//! last, what waits for a review, who answers for a waiver.

mod clients;
mod heard;
mod pins;
mod reports;
mod sessions;
mod tokens;
mod waivers;

use std::collections::HashMap;
use std::time::Duration;

use depaudit_model::Checksum;
use depaudit_store::{AuditLog, ClientFilter, MetaStore, Session, Token, Waiver};
pub(super) use heard::Heard;

/// How many events are read at a time.
const PAGE: usize = 1_000;
/// A server puts on record what it does, and then does it: what was between the two is done soon.
const SOON: Duration = Duration::from_millis(300);
const TRIES: usize = 3;

/// What is kept and not on record, or otherwise than the record says; the first of it. `heard` is what the
/// entries said that were verified, of which there are `verified`; `vouched` says whether those behind them
/// are known to be by holders of the ledger's key.
///
/// # Errors
/// When something cannot be read.
pub(super) async fn disagreement(
    log: &dyn AuditLog,
    meta: Option<&dyn MetaStore>,
    heard: &mut Heard,
    mut verified: u64,
    vouched: bool,
) -> anyhow::Result<Option<String>> {
    // Once: it reads all of the tables and their indexes.
    if let Some(meta) = meta
        && let Some(contradiction) = meta.contradiction().await?
    {
        return Ok(Some(contradiction.to_string()));
    }
    if let (Some(meta), false) = (meta, vouched) {
        let kept = Kept::read(meta).await?;
        let unsigned = kept.against(meta, heard).await?;
        if let Some(found) = unsigned {
            hear_to_the_end(log, heard, &mut verified).await?;
            return Ok(Some(match kept.against(meta, heard).await? {
                Some(found) => found,
                None => format!(
                    "{found}, among those that are signed; a newer event does, and nobody has signed that one \
                     yet: ask again when a server has, or give the ledger's key file"
                ),
            }));
        }
    }
    let mut found = None;
    for again in 0..TRIES {
        if again > 0 {
            tokio::time::sleep(SOON).await;
        }
        // First: what is on record later than this was read is no contradiction.
        let kept = match meta {
            Some(meta) => Some((Kept::read(meta).await?, meta)),
            None => None,
        };
        hear_to_the_end(log, heard, &mut verified).await?;
        found = match kept {
            Some((kept, meta)) => kept.against(meta, heard).await?,
            None => None,
        };
        if found.is_none() {
            let kept = log.count_clients(&ClientFilter::default()).await?;
            found = clients::missing(heard, kept);
        }
        if found.is_none() {
            break;
        }
    }
    Ok(found)
}

/// What is small enough to be held; the rest is read piece by piece.
struct Kept {
    waivers: Vec<Waiver>,
    /// Each with what it is found by.
    tokens: Vec<(Token, Option<Checksum>)>,
    /// Each with what it is found by.
    sessions: Vec<(Session, Checksum)>,
    reports: Vec<Checksum>,
}

impl Kept {
    async fn read(meta: &dyn MetaStore) -> anyhow::Result<Self> {
        let mut digests: HashMap<_, _> = meta.token_digests().await?.into_iter().collect();
        let tokens = meta.tokens().await?.into_iter();
        Ok(Self {
            waivers: meta.waivers().await?,
            tokens: tokens
                .map(|token| {
                    let digest = digests.remove(&token.id);
                    (token, digest)
                })
                .collect(),
            sessions: meta.sessions().await?,
            reports: meta.report_digests().await?,
        })
    }

    async fn against(&self, meta: &dyn MetaStore, heard: &Heard) -> anyhow::Result<Option<String>> {
        let found = waivers::unsaid(&self.waivers, heard)
            .or_else(|| tokens::unsaid(&self.tokens, heard))
            .or_else(|| sessions::unsaid(&self.sessions, heard));
        if found.is_some() {
            return Ok(found);
        }
        match pins::other(meta, heard).await? {
            None => reports::unsaid(&self.reports, meta, heard).await,
            found => Ok(found),
        }
    }
}

/// What was put on record since.
async fn hear_to_the_end(
    log: &dyn AuditLog,
    heard: &mut Heard,
    from: &mut u64,
) -> anyhow::Result<()> {
    loop {
        let page = log.leaves(*from, PAGE).await?;
        for (index, leaf) in &page {
            heard.entry(*index, leaf);
            *from = index + 1;
        }
        if page.len() < PAGE {
            return Ok(());
        }
    }
}
