use depaudit_model::cargo::Release;
use depaudit_model::{RegistryName, TeamId, Timestamp, WaiverId};
use rusqlite::{Connection, Row, params};

use super::columns::{amount, checksum, moment, word};
use crate::{Act, Asked, Waiver, WaiverAbout};

pub(super) fn add(batch: &Connection, waiver: &Waiver) -> rusqlite::Result<()> {
    let (name, requirement, advisory) = match &waiver.about {
        WaiverAbout::Release { name, version, .. } => {
            (Some(name.as_str()), Some(version.to_string()), None)
        }
        WaiverAbout::Advisory(id) => (None, None, Some(id.as_str())),
    };
    let by = |act: &Option<Act>| act.as_ref().map(|act| act.by.clone());
    let at = |act: &Option<Act>| act.as_ref().map(|act| act.at.as_millis());
    batch
        .prepare_cached(
            "INSERT INTO waiver
                 (id, registry, team, crate, requirement, advisory, owner, reason, link, expires,
                  proposed_by, proposed, granted_by, granted, lifts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            waiver.id.as_str(),
            waiver.registry.as_str(),
            waiver.team.as_ref().map(TeamId::as_str),
            name,
            requirement,
            advisory,
            waiver.owner,
            waiver.reason,
            waiver.link,
            waiver.expires.as_millis(),
            waiver.proposed.by,
            waiver.proposed.at.as_millis(),
            by(&waiver.granted),
            at(&waiver.granted),
            waiver.about.lifts(),
        ])
        .map(drop)
}

/// A grant by whoever proposed it gives way to another person's.
pub(super) fn grant(batch: &Connection, id: &WaiverId, act: &Act) -> rusqlite::Result<u64> {
    batch
        .prepare_cached(
            "UPDATE waiver SET granted_by = ?2, granted = ?3
             WHERE id = ?1 AND ended IS NULL AND (granted IS NULL OR granted_by = proposed_by)",
        )?
        .execute(params![id.as_str(), act.by, act.at.as_millis()])
        .map(|changed| changed as u64)
}

pub(super) fn end(
    batch: &Connection,
    id: &WaiverId,
    act: &Act,
    why: Option<&str>,
) -> rusqlite::Result<u64> {
    batch
        .prepare_cached(
            "UPDATE waiver SET ended_by = ?2, ended = ?3, ended_for = ?4
             WHERE id = ?1 AND ended IS NULL",
        )?
        .execute(params![id.as_str(), act.by, act.at.as_millis(), why])
        .map(|changed| changed as u64)
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Waiver>> {
    connection
        .prepare_cached("SELECT * FROM waiver ORDER BY expires, id")?
        .query_map([], waiver)?
        .collect()
}

fn waiver(row: &Row<'_>) -> rusqlite::Result<Waiver> {
    let advisory: Option<String> = row.get("advisory")?;
    let about = match advisory {
        Some(advisory) => WaiverAbout::Advisory(advisory),
        None => {
            let lifts: String = row.get("lifts")?;
            WaiverAbout::Release {
                name: word(row, "crate")?,
                version: word(row, "requirement")?,
                lifts: lifts.split_ascii_whitespace().map(str::to_owned).collect(),
            }
        }
    };
    let act = |by: &str, at: &str| {
        let (by, at): (Option<String>, Option<i64>) = (row.get(by)?, row.get(at)?);
        let act = by.zip(at).map(|(by, at)| Act { by, at: Timestamp::from_millis(at) });
        Ok::<_, rusqlite::Error>(act)
    };
    let team: Option<String> = row.get("team")?;
    Ok(Waiver {
        id: word(row, "id")?,
        about,
        registry: word(row, "registry")?,
        team: team.map(|_| word(row, "team")).transpose()?,
        owner: row.get("owner")?,
        reason: row.get("reason")?,
        link: row.get("link")?,
        expires: moment(row, "expires")?,
        proposed: Act { by: row.get("proposed_by")?, at: moment(row, "proposed")? },
        granted: act("granted_by", "granted")?,
        ended: act("ended_by", "ended")?,
        ended_for: row.get("ended_for")?,
    })
}

/// Counts it with what stands there for the release and the team, or puts it there.
pub(super) fn ask(batch: &Connection, asked: &Asked) -> rusqlite::Result<()> {
    let Asked { registry, release, checksum, rule, reason, first, last, times, teams } = asked;
    let (key, version) = (release.name.index_key(), release.version.to_string());
    for team in teams {
        batch
            .prepare_cached(
                "INSERT INTO review
                     (registry, crate, version, team, name, sha256, rule, reason, first, last, times)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT DO UPDATE SET
                     sha256 = excluded.sha256, rule = excluded.rule, reason = excluded.reason,
                     last = max(last, excluded.last), times = times + excluded.times",
            )?
            .execute(params![
                registry.as_str(),
                key,
                version,
                team.as_str(),
                release.name.as_str(),
                checksum.as_bytes(),
                rule,
                reason,
                first.as_millis(),
                last.as_millis(),
                times.cast_signed(),
            ])?;
    }
    batch
        .prepare_cached(
            "DELETE FROM review WHERE (registry, crate, version, team) IN (
                 SELECT registry, crate, version, team FROM review
                 ORDER BY last DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([Asked::MOST])
        .map(drop)
}

/// Forgets that it was asked for, by a team or by whomever.
pub(super) fn dismiss(
    batch: &Connection,
    registry: &RegistryName,
    release: &Release,
    team: Option<&TeamId>,
) -> rusqlite::Result<u64> {
    let Release { name, version } = release;
    batch
        .prepare_cached(
            "DELETE FROM review WHERE registry = ?1 AND crate = ?2 AND version = ?3
                 AND (?4 IS NULL OR team = ?4)",
        )?
        .execute(params![
            registry.as_str(),
            name.index_key(),
            version.to_string(),
            team.map(TeamId::as_str)
        ])
        .map(|changed| changed as u64)
}

/// Each team's for itself; what was asked for last comes first.
pub(super) fn asked(connection: &Connection) -> rusqlite::Result<Vec<Asked>> {
    let read = |row: &Row<'_>| {
        Ok(Asked {
            registry: word(row, "registry")?,
            release: Release { name: word(row, "name")?, version: word(row, "version")? },
            checksum: checksum(row)?,
            rule: row.get("rule")?,
            reason: row.get("reason")?,
            first: moment(row, "first")?,
            last: moment(row, "last")?,
            times: amount(row, "times")?,
            teams: vec![word(row, "team")?],
        })
    };
    connection
        .prepare_cached("SELECT * FROM review ORDER BY last DESC, crate, version, team")?
        .query_map([], read)?
        .collect()
}
