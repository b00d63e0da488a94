//! What is counted beside the events so that a trace need not count.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{Checksum, RegistryName, TeamId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::memory::Known;

/// For whom something is decided, and why. Few differ, and events come with the same ones again and
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    team: TeamId,
    registry: Option<RegistryName>,
    principal: Option<String>,
    decision: Decision,
    rule: Option<String>,
    waiver: Option<String>,
    policy: Option<Checksum>,
}

impl Group {
    /// Of an event that decides something for a team; of no other. The conditions are those of the
    /// migration that counted older events.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let decides = matches!(event.kind, EventKind::IndexServed | EventKind::DownloadDecided);
        Some(Self {
            team: event.team.clone().filter(|_| decides)?,
            registry: event.registry.clone(),
            principal: event.principal.clone(),
            decision: event.decision?,
            rule: event.rule.clone(),
            waiver: event.waiver.clone(),
            policy: event.policy,
        })
    }

    /// Its number; it gets one when it is new.
    fn find_or_insert(&self, batch: &Connection) -> rusqlite::Result<i64> {
        let values = params![
            self.team.as_str(),
            self.registry.as_ref().map_or("", RegistryName::as_str),
            self.principal.as_deref().unwrap_or_default(),
            self.decision.as_str(),
            self.rule.as_deref().unwrap_or_default(),
            self.waiver.as_deref().unwrap_or_default(),
            self.policy.as_ref().map_or(&[][..], |digest| digest.as_bytes()),
        ];
        let known = batch
            .prepare_cached(
                "SELECT id FROM tally_group WHERE team = ?1 AND registry = ?2 AND principal = ?3
                 AND decision = ?4 AND rule = ?5 AND waiver = ?6 AND policy = ?7",
            )?
            .query_row(values, |row| row.get(0))
            .optional()?;
        match known {
            Some(id) => Ok(id),
            None => batch
                .prepare_cached(
                    "INSERT INTO tally_group
                     (team, registry, principal, decision, rule, waiver, policy)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .insert(values),
        }
    }
}

/// What a batch adds, in the order of the table, so that equal ones are written once and neighbours
/// one after the other.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<(i64, i64), Counted>);

#[derive(Debug)]
struct Counted {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    first_index: i64,
    last_index: i64,
}

impl Tallies {
    /// Counts an event about `subject`.
    pub(super) fn note(
        &mut self,
        batch: &Connection,
        groups: &mut Known<Group>,
        (subject, group): (i64, &Group),
        (index, time, count): (i64, Timestamp, u64),
    ) -> rusqlite::Result<()> {
        let group = groups.id(group, || group.find_or_insert(batch))?;
        match self.0.entry((subject, group)) {
            Entry::Vacant(new) => {
                let (first_index, last_index) = (index, index);
                new.insert(Counted { count, first: time, last: time, first_index, last_index });
            }
            Entry::Occupied(known) => {
                let known = known.into_mut();
                known.count = known.count.saturating_add(count);
                known.first = known.first.min(time);
                known.last = known.last.max(time);
                known.last_index = index;
            }
        }
        Ok(())
    }

    /// Writes what was counted, in the transaction that appends the events, so that neither is ever
    /// there without the other.
    pub(super) fn write(&mut self, batch: &Connection) -> rusqlite::Result<()> {
        let mut add = batch.prepare_cached(
            "INSERT OR ROLLBACK INTO tally VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET count = count + excluded.count,
             first = min(first, excluded.first), last = max(last, excluded.last),
             last_idx = excluded.last_idx",
        )?;
        for ((subject, group), counted) in std::mem::take(&mut self.0) {
            let Counted { count, first, last, first_index, last_index } = counted;
            add.execute(params![
                subject,
                group,
                count.cast_signed(),
                first.as_millis(),
                last.as_millis(),
                first_index,
                last_index,
            ])?;
        }
        Ok(())
    }
}
