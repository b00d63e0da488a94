//! Which policy the record says is in force.

use depaudit_model::event::EventKind;
use depaudit_model::{Checksum, Timestamp};
use depaudit_store::{
    AuditLog, EventFilter, EventOrder, MetaStore, PolicyMark, StoreError, StoredEvent,
};

/// How many of the newest events are looked at. A change is marked right behind it, so that one without
/// a mark stands among these.
const NEWEST: usize = 1_000;

/// What the record says of the policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyOnRecord {
    /// Its digest; absent where the record says that there is none.
    pub digest: Option<Checksum>,
    /// What the newest event about it tells.
    pub told: String,
    /// Since when this policy is in force without a break.
    pub since: Timestamp,
    index: u64,
}

impl PolicyOnRecord {
    /// Looks it up; absent where nothing was ever said, or nobody knows where.
    ///
    /// # Errors
    /// When record or mark cannot be read.
    pub async fn look_up(
        meta: &dyn MetaStore,
        log: &dyn AuditLog,
    ) -> Result<Option<Self>, StoreError> {
        let newest = log.read(&EventFilter::default(), EventOrder::NewestFirst, NEWEST).await?;
        let mark = meta.policy_mark().await?;
        let mut changes = newest.iter().filter(|it| it.event.kind == EventKind::PolicyChanged);
        let Some(last) = changes.next() else {
            return Ok(match mark {
                Some(mark) if is_borne_out(log, &newest, &mark).await? => Some(mark.into()),
                _ => None,
            });
        };
        let digest = last.event.policy;
        let mut since = last.event.time;
        let mut other = None;
        for change in changes {
            if change.event.policy != digest {
                other = Some(change);
                break;
            }
            since = change.event.time;
        }
        // What came before these the mark knows, where it speaks of the same stretch.
        if let Some(mark) = mark.filter(|mark| other.is_none() && mark.digest == digest) {
            since = since.min(mark.since);
        }
        let told = last.event.detail.clone().unwrap_or_default();
        Ok(Some(Self { digest, told, since, index: last.index }))
    }

    /// The mark of what is about to be said. It takes the place of the mark before it first: where this process
    /// ends between the two, or the last one cannot be written, a mark of what was in force before would be
    /// found again behind many events, and a return to that would not be said.
    pub(crate) fn coming(
        before: Option<&Self>,
        digest: Option<Checksum>,
        told: &str,
        now: Timestamp,
    ) -> PolicyMark {
        let same = before.filter(|before| before.digest == digest);
        let since = same.map_or(now, |before| before.since);
        PolicyMark { digest, told: told.to_owned(), since, index: PolicyMark::NOWHERE }
    }

    /// What is kept, so that it is found behind many other events.
    pub(crate) fn mark(&self) -> PolicyMark {
        let Self { digest, told, since, index } = self.clone();
        PolicyMark { digest, told, since, index }
    }
}

impl From<PolicyMark> for PolicyOnRecord {
    fn from(PolicyMark { digest, told, since, index }: PolicyMark) -> Self {
        Self { digest, told, since, index }
    }
}

/// Whether the record has what the mark says, and nothing decided since went by another policy.
async fn is_borne_out(
    log: &dyn AuditLog,
    newest: &[StoredEvent],
    mark: &PolicyMark,
) -> Result<bool, StoreError> {
    let decided = |it: &&StoredEvent| it.event.kind == EventKind::DownloadDecided;
    if newest.iter().filter(decided).any(|it| it.event.policy != mark.digest) {
        return Ok(false);
    }
    let from = EventFilter { from: mark.index, ..EventFilter::default() };
    let there = log.read(&from, EventOrder::OldestFirst, 1).await?;
    Ok(there.first().is_some_and(|it| {
        it.index == mark.index
            && it.event.kind == EventKind::PolicyChanged
            && it.event.policy == mark.digest
            && it.event.detail.as_deref().unwrap_or_default() == mark.told
    }))
}
