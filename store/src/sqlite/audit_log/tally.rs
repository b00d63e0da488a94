//! What is kept beside each event so that a trace need not count.

use depaudit_model::event::{Event, EventKind};
use depaudit_model::{Checksum, RegistryName, RequestId};
use rusqlite::{Connection, params};

/// Counts an event that decides something for a team, and notes which request led to it; in the
/// transaction that appends it, so that neither is ever there without the other.
///
/// The conditions are those of the migration that made the tables from older events.
pub(super) fn note(
    batch: &Connection,
    index: i64,
    event: &Event,
    subject: Option<i64>,
) -> rusqlite::Result<()> {
    let decides = matches!(event.kind, EventKind::IndexServed | EventKind::DownloadDecided);
    if let (true, Some(subject), Some(team), Some(decision)) =
        (decides, subject, &event.team, event.decision)
    {
        let policy = event.policy.as_ref().map_or(&[][..], |digest: &Checksum| digest.as_bytes());
        batch
            .prepare_cached(
                "INSERT OR ROLLBACK INTO tally
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?9, ?9, ?10, ?10)
                 ON CONFLICT DO UPDATE SET count = count + excluded.count, first = min(first, excluded.first),
                 last = max(last, excluded.last), last_idx = excluded.last_idx",
            )?
            .execute(params![
                subject,
                team.as_str(),
                event.registry.as_ref().map_or("", RegistryName::as_str),
                event.principal.as_deref().unwrap_or_default(),
                decision.as_str(),
                event.rule.as_deref().unwrap_or_default(),
                event.waiver.as_deref().unwrap_or_default(),
                policy,
                event.time.as_millis(),
                index,
                event.count.unwrap_or(1).cast_signed(),
            ])?;
    }
    if let Some(request) = event.request_id.as_ref().map(RequestId::as_str) {
        batch
            .prepare_cached("INSERT OR ROLLBACK INTO request (id, idx) VALUES (?1, ?2)")?
            .execute(params![request, index])?;
    }
    Ok(())
}
