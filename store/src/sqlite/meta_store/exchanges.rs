use depaudit_model::{Checksum, Timestamp, TokenId};
use rusqlite::{Connection, params};

/// 1, or 0 when it stands there already.
pub(super) fn spend(
    batch: &Connection,
    identity: &Checksum,
    token: &TokenId,
    ends: Timestamp,
) -> rusqlite::Result<u64> {
    batch
        .prepare_cached(
            "INSERT INTO token_exchange (sha256, token, ends) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![identity.as_bytes(), token.as_str(), ends.as_millis()])
        .map(|added| added as u64)
}

pub(super) fn forget(batch: &Connection, now: Timestamp) -> rusqlite::Result<u64> {
    batch
        .prepare_cached(
            "DELETE FROM token
             WHERE id IN (SELECT token FROM token_exchange WHERE ends <= ?1)
               AND NOT EXISTS (SELECT 1 FROM token AS newer WHERE newer.rotated_from = token.id)",
        )?
        .execute([now.as_millis()])?;
    batch
        .prepare_cached("DELETE FROM token_exchange WHERE ends <= ?1")?
        .execute([now.as_millis()])
        .map(|gone| gone as u64)
}
