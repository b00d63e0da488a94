//! Some events in a row, against what is kept beside each of them.

use std::collections::HashMap;
use std::ops::Range;

use depaudit_model::event::{Decision, EventKind};
use depaudit_model::{Checksum, Timestamp};
use rusqlite::Connection;
use serde::Deserialize;

use super::clients::{self, Clients};
use super::counts::{Key, key};
use super::subjects::Subjects;
use crate::sqlite::audit_log::stretch;
use crate::{Contradiction, Counts};

/// The parts of a leaf that stand elsewhere too.
#[derive(Deserialize)]
struct Repeated<'l> {
    kind: &'l str,
    time: &'l str,
    #[serde(default)]
    team: Option<&'l str>,
    #[serde(default)]
    registry: Option<&'l str>,
    #[serde(default, rename = "crate")]
    name: Option<&'l str>,
    #[serde(default)]
    version: Option<&'l str>,
    #[serde(default)]
    sha256: Option<&'l str>,
    #[serde(default)]
    request_id: Option<&'l str>,
    // These may have characters that JSON escapes.
    #[serde(default)]
    principal: Option<String>,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    waiver: Option<String>,
    #[serde(default)]
    decision: Option<Decision>,
    #[serde(default)]
    policy: Option<Checksum>,
    #[serde(default)]
    client: Option<Checksum>,
    #[serde(default)]
    count: Option<u64>,
}

/// What the events of a span add to the counts.
pub(super) type Found = HashMap<Key, Counts>;

/// The first of the events of which something that is kept says otherwise; notes in `found` what they
/// count, and in `subjects` what they are about.
pub(super) fn contradiction(
    connection: &Connection,
    span: &Range<u64>,
    found: &mut Found,
    subjects: &Subjects,
) -> rusqlite::Result<Option<Contradiction>> {
    let between = [span.start, span.end].map(u64::cast_signed);
    let mut statement = connection.prepare_cached(
        "SELECT idx, leaf, time, kind, team, crate, version, sha256, subject
         FROM event LEFT JOIN subject ON subject.id = event.subject
         WHERE idx >= ?1 AND idx < ?2 ORDER BY idx",
    )?;
    let mut rows = statement.query(between)?;
    let mut clients = connection.prepare_cached(clients::OF)?;
    let mut clients = Clients::new(clients.query(between)?)?;
    let mut marks = Vec::new();
    for index in span.clone() {
        let searched = Some(Contradiction::Searched { index });
        let Some(row) = rows.next()? else { return Ok(searched) };
        if row.get::<_, i64>(0)? != index.cast_signed() {
            return Ok(searched);
        }
        let leaf = serde_json::from_slice::<Repeated<'_>>(row.get_ref(1)?.as_blob()?).ok();
        let request = leaf.as_ref().and_then(|leaf| leaf.request_id);
        let time = Timestamp::from_millis(row.get(2)?);
        marks.push((stretch::mark(request), time));
        let committed = leaf.as_ref().and_then(|leaf| leaf.client);
        if !clients.agree(index, committed)? {
            return Ok(Some(Contradiction::Client { index }));
        }
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
            return Ok(searched);
        }
        let subject: Option<i64> = row.get(8)?;
        if let Some(subject) = subject {
            subjects.meet(subject);
            if let Some(key) = counted(&leaf, name.as_deref(), digest.as_ref()) {
                let count = leaf.count.unwrap_or(1);
                let counts = Counts { rows: 1, count, times: (time, time), events: (index, index) };
                found.entry(key).and_modify(|it| *it = it.and(counts)).or_insert(counts);
            }
        }
    }
    let stretch = stretch::contradiction(connection, span.start, &marks)?;
    Ok(stretch.map(|index| Contradiction::Searched { index }))
}

/// What an event is counted as, where it decides something for a team.
fn counted(leaf: &Repeated<'_>, name: Option<&str>, digest: Option<&[u8; 32]>) -> Option<Key> {
    let decides = [EventKind::IndexServed, EventKind::DownloadDecided];
    let decides = decides.iter().any(|kind| kind.as_str() == leaf.kind);
    let team = leaf.team.filter(|_| decides)?;
    let decision = leaf.decision?.as_str();
    let policy = leaf.policy.as_ref().map_or(&[][..], |policy| policy.as_bytes());
    let [principal, rule, waiver] = [&leaf.principal, &leaf.rule, &leaf.waiver]
        .map(|text| text.as_deref().unwrap_or_default().as_bytes());
    let parts = [
        name.unwrap_or_default().as_bytes(),
        leaf.version.unwrap_or_default().as_bytes(),
        digest.map_or(&[][..], |digest| digest),
        team.as_bytes(),
        leaf.registry.unwrap_or_default().as_bytes(),
        principal,
        decision.as_bytes(),
        rule,
        waiver,
        policy,
    ];
    Some(key(parts.into_iter()))
}
