//! What is searched for, against what is signed for: the columns repeat parts of the leaves, and
//! whoever changes a column hides an event from a search without touching its leaf.

use depaudit_model::{Checksum, Timestamp};
use rusqlite::{Connection, params};
use serde::Deserialize;

use super::stretch;

/// The parts of a leaf that stand in columns too.
#[derive(Deserialize)]
struct Repeated<'l> {
    kind: &'l str,
    time: &'l str,
    #[serde(default)]
    team: Option<&'l str>,
    #[serde(default, rename = "crate")]
    name: Option<&'l str>,
    #[serde(default)]
    version: Option<&'l str>,
    #[serde(default)]
    sha256: Option<&'l str>,
    #[serde(default)]
    request_id: Option<&'l str>,
}

/// The first of `most` events from `first` on of which a column says something else than the leaf.
pub(super) fn contradiction(
    connection: &Connection,
    first: u64,
    most: usize,
) -> rusqlite::Result<Option<u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT idx, leaf, time, kind, team, crate, version, sha256
         FROM event LEFT JOIN subject ON subject.id = event.subject
         WHERE idx >= ?1 ORDER BY idx LIMIT ?2",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![first.cast_signed(), most])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let index: i64 = row.get(0)?;
        let leaf = serde_json::from_slice::<Repeated<'_>>(row.get_ref(1)?.as_blob()?).ok();
        let request = leaf.as_ref().and_then(|leaf| leaf.request_id);
        events.push((stretch::mark(request), Timestamp::from_millis(row.get(2)?)));
        // A leaf that is no event is found out by its hash, or was signed for as it is.
        let Some(leaf) = leaf else { continue };
        let text = |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
        let moment = leaf.time.parse::<Timestamp>().map(Timestamp::as_millis).ok();
        let digest: Option<[u8; 32]> = row.get(7)?;
        let said = leaf.sha256.and_then(|text| text.parse::<Checksum>().ok());
        let name = leaf.name.map(str::to_ascii_lowercase);
        let same = moment == Some(row.get(2)?)
            && text(3)? == Some(leaf.kind)
            && text(4)? == leaf.team
            && text(5)? == name.as_deref()
            && text(6)? == leaf.version
            && digest == said.map(|digest| *digest.as_bytes());
        if !same {
            return Ok(Some(index.cast_unsigned()));
        }
    }
    stretch::contradiction(connection, first, &events)
}
