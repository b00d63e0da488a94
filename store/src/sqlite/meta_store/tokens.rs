use depaudit_model::{Checksum, Timestamp, TokenId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{checksum, moment, word};
use crate::Token;

pub(super) fn add(batch: &Connection, token: &Token, digest: &Checksum) -> rusqlite::Result<()> {
    let Token { id, team, scope, name, created, expires, revoked, used, rotated_from } = token;
    batch
        .prepare_cached(
            "INSERT INTO token
                 (id, team, scope, name, sha256, created, expires, revoked, used, rotated_from)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.as_str(),
            team.as_str(),
            scope.as_str(),
            name.as_str(),
            digest.as_bytes(),
            created.as_millis(),
            expires.map(Timestamp::as_millis),
            revoked.map(Timestamp::as_millis),
            used.map(Timestamp::as_millis),
            rotated_from.as_ref().map(TokenId::as_str),
        ])
        .map(drop)
}

/// How many tokens were ended for it: 1, or 0 and nothing was written.
pub(super) fn rotate(
    batch: &Connection,
    token: &Token,
    digest: &Checksum,
    ends: Timestamp,
) -> rusqlite::Result<u64> {
    let Some(old) = &token.rotated_from else { return Ok(0) };
    let ended = batch
        .prepare_cached(
            "UPDATE token SET expires = min(ifnull(expires, ?2), ?2)
             WHERE id = ?1 AND revoked IS NULL",
        )?
        .execute(params![old.as_str(), ends.as_millis()])?;
    if ended > 0 {
        add(batch, token, digest)?;
    }
    Ok(ended as u64)
}

pub(super) fn revoke(batch: &Connection, id: &TokenId, when: Timestamp) -> rusqlite::Result<u64> {
    batch
        .prepare_cached("UPDATE token SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL")?
        .execute(params![id.as_str(), when.as_millis()])
        .map(|changed| changed as u64)
}

pub(super) fn used(batch: &Connection, id: &TokenId, when: Timestamp) -> rusqlite::Result<()> {
    batch
        .prepare_cached("UPDATE token SET used = max(ifnull(used, ?2), ?2) WHERE id = ?1")?
        .execute(params![id.as_str(), when.as_millis()])
        .map(drop)
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Token>> {
    connection
        .prepare_cached(
            "SELECT id, team, scope, name, created, expires, revoked, used, rotated_from
             FROM token ORDER BY created, id",
        )?
        .query_map([], token)?
        .collect()
}

pub(super) fn digests(connection: &Connection) -> rusqlite::Result<Vec<(TokenId, Checksum)>> {
    connection
        .prepare_cached("SELECT id, sha256 FROM token")?
        .query_map([], |row| Ok((word(row, "id")?, checksum(row)?)))?
        .collect()
}

pub(super) fn by_digest(
    connection: &Connection,
    digest: &Checksum,
) -> rusqlite::Result<Option<Token>> {
    connection
        .prepare_cached(
            "SELECT id, team, scope, name, created, expires, revoked, used, rotated_from
             FROM token WHERE sha256 = ?1",
        )?
        .query_row([digest.as_bytes()], token)
        .optional()
}

pub(super) fn by_id(connection: &Connection, id: &TokenId) -> rusqlite::Result<Option<Token>> {
    connection
        .prepare_cached(
            "SELECT id, team, scope, name, created, expires, revoked, used, rotated_from
             FROM token WHERE id = ?1",
        )?
        .query_row([id.as_str()], token)
        .optional()
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let ended = |column: &str| {
        let millis: Option<i64> = row.get(column)?;
        Ok::<_, rusqlite::Error>(millis.map(Timestamp::from_millis))
    };
    let rotated_from: Option<String> = row.get("rotated_from")?;
    Ok(Token {
        id: word(row, "id")?,
        team: word(row, "team")?,
        scope: word(row, "scope")?,
        name: word(row, "name")?,
        created: moment(row, "created")?,
        expires: ended("expires")?,
        revoked: ended("revoked")?,
        used: ended("used")?,
        rotated_from: rotated_from.map(|_| word(row, "rotated_from")).transpose()?,
    })
}
