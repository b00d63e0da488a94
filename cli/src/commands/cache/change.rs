use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Checksum, Clock};
use depaudit_store::Record;
use serde::Serialize;

use crate::backend::Backend;
use crate::system::SystemClock;

/// Crates that were removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Removed {
    /// How many.
    pub(super) blobs: u64,
    /// Their bytes.
    pub(super) bytes: u64,
}

impl Removed {
    /// Removes one crate's file; its pin stays. An answer under way keeps what it has opened.
    pub(super) async fn remove(
        &mut self,
        backend: &Backend,
        digest: &Checksum,
        size: u64,
    ) -> anyhow::Result<()> {
        // The file first: a name without a file is fetched again, a file without a name would stay
        // for good.
        let was_there = backend.blobs.remove(digest).await?;
        backend.meta.forget_blob(digest).await?;
        if was_there {
            self.blobs += 1;
            self.bytes += size;
        }
        Ok(())
    }
}

/// Puts on record that somebody changed the cache. `fill` adds what was changed.
///
/// # Errors
/// When it cannot be put on record.
pub(super) async fn put_on_record(
    backend: &Backend,
    removed: Removed,
    detail: &str,
    fill: impl FnOnce(&mut Event),
) -> anyhow::Result<()> {
    let mut event = Event::new(EventKind::Administration, SystemClock.now()).with_detail(detail);
    event.count = Some(removed.blobs);
    event.bytes = Some(removed.bytes);
    fill(&mut event);
    backend.audit.append(vec![Record { event, client: None }]).await?;
    Ok(())
}
