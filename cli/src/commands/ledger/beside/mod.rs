//! What the doors and the pages go by stands in the metadata, beside the record: checksums that are pinned,
//! waivers, tokens, reports. None of it is signed for, and all of it was put on record first. Whoever can
//! write that database and does not hold the ledger's key is found out here.

mod clients;
mod heard;
mod pins;
mod reports;
mod tokens;
mod waivers;

use std::collections::HashMap;
use std::time::Duration;

use depaudit_model::Checksum;
use depaudit_store::{AuditLog, ClientFilter, MetaStore, Token, Waiver};
pub(super) use heard::Heard;

/// How many events are read at a time.
const PAGE: usize = 1_000;
/// A server puts on record what it does, and then does it: what was between the two is done soon.
const SOON: Duration = Duration::from_millis(300);
const TRIES: usize = 3;

/// What is kept and not on record, or otherwise than the record says; the first of it. `heard` is what the
/// entries said that were verified, of which there are `verified`.
///
/// # Errors
/// When something cannot be read.
pub(super) async fn disagreement(
    log: &dyn AuditLog,
    meta: Option<&dyn MetaStore>,
    heard: &mut Heard,
    mut verified: u64,
) -> anyhow::Result<Option<String>> {
    let mut found = None;
    for again in 0..TRIES {
        if again > 0 {
            tokio::time::sleep(SOON).await;
        }
        found = match meta {
            // First: what is on record later than this was read is no contradiction.
            Some(meta) => Kept::read(meta).await?.against(log, meta, heard, &mut verified).await?,
            None => heard_to_the_end(log, heard, &mut verified).await.map(|()| None)?,
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
            reports: meta.report_digests().await?,
        })
    }

    async fn against(
        self,
        log: &dyn AuditLog,
        meta: &dyn MetaStore,
        heard: &mut Heard,
        verified: &mut u64,
    ) -> anyhow::Result<Option<String>> {
        if let Some(contradiction) = meta.contradiction().await? {
            return Ok(Some(contradiction.to_string()));
        }
        heard_to_the_end(log, heard, verified).await?;
        let found =
            waivers::unsaid(&self.waivers, heard).or_else(|| tokens::unsaid(&self.tokens, heard));
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
async fn heard_to_the_end(
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
