use std::time::Duration;

use depaudit_model::Timestamp;
use depaudit_store::{AuditLog, EventFilter, EventOrder};

/// What a data folder has beside its entries.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    /// Looks whether what is searched for fits the entries, once these are verified.
    pub(super) columns: &'a dyn Fn() -> anyhow::Result<Option<u64>>,
    /// How long the events from one on took to come.
    pub(super) unsigned: &'a dyn Fn(u64) -> anyhow::Result<Duration>,
    /// Whether the keys at hand are all that ever signed it.
    pub(super) every_key: bool,
}

impl Own<'_> {
    /// What is wrong beside the entries that were verified.
    pub(super) fn agrees(
        &self,
        verified: u64,
        claimed: u64,
        length: Option<u64>,
    ) -> anyhow::Result<Option<String>> {
        if let Some(index) = (self.columns)()? {
            return Ok(Some(format!(
                "what is searched for of entry {index} was changed: it is not what the entry says, so \
                 `depaudit log` and `trace` tell something else"
            )));
        }
        if self.every_key && claimed > verified {
            return Ok(Some(format!(
                "the newest checkpoint, of {claimed} entries, is by none of the keys: {verified} entries \
                 are signed for"
            )));
        }
        if length.is_some_and(|length| length > verified) && (self.unsigned)(verified)? > UNSIGNED {
            return Ok(Some(format!(
                "the events from {verified} on came over more than {} seconds, and no checkpoint has them: \
                 checkpoints were removed, or none could be signed",
                UNSIGNED.as_secs()
            )));
        }
        Ok(None)
    }
}

/// How far apart events can be that no checkpoint has: one is signed within a second of each, and a disk
/// that is full makes that later.
const UNSIGNED: Duration = Duration::from_secs(60);

/// How much time lies between an event and the newest one.
pub(super) async fn span(log: &dyn AuditLog, from: u64) -> anyhow::Result<Duration> {
    let from = EventFilter { from, ..EventFilter::default() };
    let time = async |order| -> anyhow::Result<Option<Timestamp>> {
        let read = log.read(&from, order, 1).await?;
        Ok(read.first().map(|stored| stored.event.time))
    };
    let first = time(EventOrder::OldestFirst).await?;
    let last = time(EventOrder::NewestFirst).await?;
    Ok(first.zip(last).and_then(|(first, last)| last.since(first)).unwrap_or_default())
}
