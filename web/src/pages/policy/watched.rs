use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use depaudit_model::TeamId;
use depaudit_store::{AuditLog, DryRun, StoreError};
use tokio::sync::Mutex;

/// How many rows are looked at: releases times teams times rules.
pub(super) const MOST: usize = 5_000;
/// So many times as long as it took, what was counted stands: whoever asks again and again costs a
/// twentieth of a core, and a short record is counted anew each time.
const STANDS: u32 = 20;
/// And never longer.
const LONGEST: Duration = Duration::from_secs(60);
/// For how many teams it is kept.
const KEPT: usize = 32;

/// What rules in dry run would have refused, as it was counted last: that goes through every count of the
/// record.
#[derive(Debug, Default)]
pub(in super::super) struct Watched {
    /// Locked while the record is read: one at a time does it.
    counted: Mutex<HashMap<Option<TeamId>, Counted>>,
}

#[derive(Debug)]
struct Counted {
    rows: Arc<[DryRun]>,
    until: Instant,
}

impl Watched {
    /// Those of a team, or of all; one more than [`MOST`] where there are more.
    pub(super) async fn of(
        &self,
        log: &dyn AuditLog,
        team: Option<&TeamId>,
    ) -> Result<Arc<[DryRun]>, StoreError> {
        let mut counted = self.counted.lock().await;
        let begun = Instant::now();
        counted.retain(|_, it| begun < it.until);
        if let Some(found) = counted.get(&team.cloned()) {
            return Ok(Arc::clone(&found.rows));
        }
        let rows: Arc<[DryRun]> = log.dry_runs(team, MOST + 1).await?.into();
        let until = Instant::now() + (begun.elapsed() * STANDS).min(LONGEST);
        // Where nothing was ever in dry run, that is known at once.
        if !rows.is_empty() && counted.len() < KEPT {
            counted.insert(team.cloned(), Counted { rows: Arc::clone(&rows), until });
        }
        Ok(rows)
    }
}
