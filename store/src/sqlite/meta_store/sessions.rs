use depaudit_model::{Checksum, Timestamp, TokenId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{checksum, moment, word};
use crate::{Holder, Person, Session};

pub(super) fn add(
    batch: &Connection,
    session: &Session,
    digest: &Checksum,
) -> rusqlite::Result<()> {
    let Session { holder, created, used, ends } = session;
    let (token, person) = match holder {
        Holder::Token(token) => (Some(token), None),
        Holder::Person(person) => (None, Some(person)),
    };
    batch
        .prepare_cached(
            "INSERT INTO session (sha256, token, person, team, role, created, used, ends)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            digest.as_bytes(),
            token.map(TokenId::as_str),
            person.map(|it| it.name.as_str()),
            person.map(|it| it.team.as_str()),
            person.map(|it| it.role.as_str()),
            created.as_millis(),
            used.as_millis(),
            ends.as_millis(),
        ])?;
    let (sql, value) = match holder {
        Holder::Token(token) => (
            "DELETE FROM session WHERE token = ?1 AND sha256 NOT IN
                 (SELECT sha256 FROM session WHERE token = ?1 ORDER BY used DESC, sha256 LIMIT ?2)",
            token.as_str(),
        ),
        Holder::Person(person) => (
            "DELETE FROM session WHERE person = ?1 AND sha256 NOT IN
                 (SELECT sha256 FROM session WHERE person = ?1 ORDER BY used DESC, sha256 LIMIT ?2)",
            person.name.as_str(),
        ),
    };
    batch.prepare_cached(sql)?.execute(params![value, Session::MOST]).map(drop)
}

pub(super) fn find(
    connection: &Connection,
    digest: &Checksum,
) -> rusqlite::Result<Option<Session>> {
    connection
        .prepare_cached(
            "SELECT token, person, team, role, created, used, ends FROM session WHERE sha256 = ?1",
        )?
        .query_row([digest.as_bytes()], session)
        .optional()
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<(Session, Checksum)>> {
    connection
        .prepare_cached("SELECT * FROM session")?
        .query_map([], |row| Ok((session(row)?, checksum(row)?)))?
        .collect()
}

pub(super) fn used(batch: &Connection, digest: &Checksum, when: Timestamp) -> rusqlite::Result<()> {
    batch
        .prepare_cached("UPDATE session SET used = max(used, ?2) WHERE sha256 = ?1")?
        .execute(params![digest.as_bytes(), when.as_millis()])
        .map(drop)
}

pub(super) fn end(batch: &Connection, digest: &Checksum) -> rusqlite::Result<u64> {
    batch
        .prepare_cached("DELETE FROM session WHERE sha256 = ?1")?
        .execute([digest.as_bytes()])
        .map(|gone| gone as u64)
}

pub(super) fn forget(
    batch: &Connection,
    now: Timestamp,
    idle_since: Timestamp,
) -> rusqlite::Result<u64> {
    batch
        .prepare_cached("DELETE FROM session WHERE ends <= ?1 OR used <= ?2")?
        .execute([now.as_millis(), idle_since.as_millis()])
        .map(|gone| gone as u64)
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let token: Option<String> = row.get("token")?;
    let holder = match token {
        Some(_) => Holder::Token(word(row, "token")?),
        None => Holder::Person(Person {
            name: row.get("person")?,
            team: word(row, "team")?,
            role: word(row, "role")?,
        }),
    };
    Ok(Session {
        holder,
        created: moment(row, "created")?,
        used: moment(row, "used")?,
        ends: moment(row, "ends")?,
    })
}
