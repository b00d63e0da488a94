use std::collections::HashMap;
use std::collections::hash_map::Entry;

use depaudit_model::cargo::CrateName;
use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_model::{TeamId, Timestamp};
use depaudit_store::{EventFilter, EventOrder};
use semver::Version;

use super::super::frame::Site;
use super::super::problem::Problem;
use super::super::room::Room;
use super::super::table::{Cell, Table};

/// How many of a team's newest events are looked at.
const LOOKED_AT: usize = 2_000;

/// What the record tells of a team.
#[derive(Debug)]
pub(super) struct Receipts {
    pub(super) received: Table,
    pub(super) refused: Table,
    /// Whether there is more on record than was looked at.
    pub(super) more: bool,
}

/// How often the same thing was decided.
#[derive(Debug)]
struct Decided {
    first: Timestamp,
    last: Timestamp,
    count: u64,
    /// Of the last time.
    event: Event,
}

/// What a rule or a waiver decided is told apart from what was simply allowed.
type Key = (Option<CrateName>, Option<Version>, Option<String>, Option<String>, Option<Decision>);

/// What was let through to a team and what was refused, by its newest events. The caller has looked
/// whether the visitor may see it.
pub(super) async fn of(room: &Room, team: &TeamId) -> Result<Receipts, Problem> {
    let wanted = EventFilter {
        team: Some(team.clone()),
        kinds: vec![EventKind::DownloadDecided, EventKind::IndexServed],
        ..EventFilter::default()
    };
    let events = room.state().log.read(&wanted, EventOrder::NewestFirst, LOOKED_AT).await?;
    let more = events.len() == LOOKED_AT;
    let (mut received, mut refused) = (Group::default(), Group::default());
    for stored in events {
        let event = stored.event;
        match (event.kind, event.decision) {
            (_, Some(Decision::Deny)) => refused.add(event),
            (EventKind::DownloadDecided, Some(_)) => received.add(event),
            _ => {}
        }
    }
    let site = room.site();
    Ok(Receipts { received: received.received(site), refused: refused.refused(site), more })
}

/// What is the same, counted; in the order of the newest of each.
#[derive(Debug, Default)]
struct Group {
    places: HashMap<Key, usize>,
    decided: Vec<Decided>,
}

impl Group {
    /// Events come the newest first.
    fn add(&mut self, event: Event) {
        let count = event.count.unwrap_or(1);
        let (rule, waiver) = (event.rule.clone(), event.waiver.clone());
        let key = (event.name.clone(), event.version.clone(), rule, waiver, event.decision);
        match self.places.entry(key) {
            Entry::Vacant(new) => {
                new.insert(self.decided.len());
                self.decided.push(Decided { first: event.time, last: event.time, count, event });
            }
            Entry::Occupied(known) => {
                if let Some(known) = self.decided.get_mut(*known.get()) {
                    known.first = known.first.min(event.time);
                    known.count = known.count.saturating_add(count);
                }
            }
        }
    }

    fn received(&self, site: &Site) -> Table {
        let cells = |it: &Decided| {
            let dry = it.event.decision == Some(Decision::WouldDeny);
            let told = match &it.event.rule {
                Some(rule) if dry => format!("would be denied by {rule} (dry run)"),
                _ if it.event.waiver.is_some() => "by a waiver".to_owned(),
                _ => "allowed".to_owned(),
            };
            let class = if dry || it.event.waiver.is_some() { "soft" } else { "" };
            vec![
                subject(site, &it.event),
                Cell::new(told).class(class),
                Cell::time(it.first),
                Cell::time(it.last),
                Cell::new(it.count),
            ]
        };
        let columns = vec!["Release", "Decision", "First (UTC)", "Last (UTC)", "Times"];
        Table::brief("What it received", columns, &self.decided, cells)
    }

    fn refused(&self, site: &Site) -> Table {
        let cells = |it: &Decided| {
            vec![
                subject(site, &it.event),
                Cell::new(it.event.rule.as_deref().unwrap_or("no rule is named")).class("hard"),
                Cell::time(it.first),
                Cell::time(it.last),
                Cell::new(it.count),
            ]
        };
        let columns = vec!["Release", "By the rule", "First (UTC)", "Last (UTC)", "Times"];
        Table::brief("What it was refused", columns, &self.decided, cells)
    }
}

fn subject(site: &Site, event: &Event) -> Cell {
    let Some(name) = &event.name else { return Cell::new("no crate") };
    match &event.version {
        Some(version) => {
            let text = version.to_string();
            let path = site.path(["crate", name.as_str(), text.as_str()]);
            Cell::linked(format!("{name} {version}"), path)
        }
        None => Cell::linked(format!("{name}, every version"), site.path(["crate", name.as_str()])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_simply_allowed_is_not_said_to_have_passed_by_a_waiver() {
        let site = Site::at("https://h.example/".parse().unwrap());
        let allowed = |waiver: Option<&str>| Event {
            name: Some("shared".parse().unwrap()),
            version: Some(Version::new(1, 2, 0)),
            decision: Some(Decision::Allow),
            waiver: waiver.map(Into::into),
            ..Event::new(EventKind::DownloadDecided, Timestamp::EPOCH)
        };
        let mut group = Group::default();
        for waiver in [Some("denied by 0a1b2c3d4e"), None, None, None] {
            group.add(allowed(waiver));
        }
        let told: Vec<_> =
            group.received(&site).rows.iter().map(|row| format!("{row:?}")).collect();
        let has = |row: usize, words: &str, times: &str| {
            told[row].contains(words) && told[row].contains(times)
        };
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(has(0, "by a waiver", "\"1\"") && has(1, "allowed", "\"3\""), "{told:?}");
    }
}
