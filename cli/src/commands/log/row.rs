use depaudit_model::Timestamp;
use depaudit_model::event::{Decision, Event, EventKind, Outcome};
use depaudit_store::StoredEvent;

use crate::config::values::ByteSize;
use crate::output::{BAD, Cell, Column};

/// The columns: together 100 terminal cells wide for usual values.
pub(super) const COLUMNS: [Column; 7] = [
    Column { title: "INDEX", least: 5, number: true },
    Column { title: "TIME (UTC)", least: 19, number: false },
    Column { title: "KIND", least: 12, number: false },
    Column { title: "TEAM", least: 6, number: false },
    Column { title: "CRATE", least: 12, number: false },
    Column { title: "SHA256", least: 8, number: false },
    Column { title: "WHAT", least: 8, number: false },
];

/// An event as people read it: the essentials; `--json` has the rest.
pub(super) fn row(stored: &StoredEvent) -> [Cell; COLUMNS.len()] {
    let event = &stored.event;
    let bad = is_bad(event);
    let [kind, what] = [event.kind.to_string(), what(event)]
        .map(|text| if bad { Cell::new(text).styled(BAD) } else { Cell::new(text) });
    [
        Cell::new(stored.index),
        Cell::new(seconds(event.time)),
        kind,
        event.team.as_ref().map_or_else(Cell::empty, Cell::new),
        Cell::new(package(event)),
        // As many digits as people compare; `--json` and `--sha256` have all of them.
        event.sha256.map_or_else(Cell::empty, |digest| Cell::new(format!("{digest:.8}"))),
        what,
    ]
}

/// `2026-03-01 12:00:00`: the column's title says that it is UTC.
fn seconds(time: Timestamp) -> String {
    time.to_string().chars().take("2026-03-01T12:00:00".len()).collect::<String>().replace('T', " ")
}

fn package(event: &Event) -> String {
    match (&event.name, &event.version) {
        (Some(name), Some(version)) => format!("{name}@{version}"),
        (Some(name), None) => name.to_string(),
        (None, _) => event.registry.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What happened, in the order in which a reader asks: allowed or not and why, from where, how it
/// ended, how much, how old, how often.
fn what(event: &Event) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(event.decision.map(|decision| decision.to_string()));
    parts.extend(event.rule.clone());
    // What is about a waiver was let through by none.
    let lifted = event.decision.is_some();
    let word = if lifted { "waived" } else { "waiver" };
    parts.extend(event.waiver.as_ref().map(|waiver| format!("{word}: {waiver}")));
    parts.extend(event.cache.map(|cache| cache.to_string()));
    parts.extend(event.outcome.map(|outcome| outcome.to_string()));
    parts.extend(event.bytes.map(|bytes| ByteSize(bytes).to_string()));
    parts.extend(event.age.map(|age| format!("{age} s old")));
    parts.extend(event.count.filter(|count| *count != 1).map(|count| format!("{count} times")));
    parts.extend(event.detail.clone());
    parts.join(", ")
}

/// Whether an event is one that somebody should look into.
fn is_bad(event: &Event) -> bool {
    let kind = match event.kind {
        EventKind::ChecksumConflict | EventKind::CrateRefused | EventKind::RecordGap => true,
        EventKind::IndexServed
        | EventKind::DownloadDecided
        | EventKind::DownloadFinished
        | EventKind::FirstSeen
        | EventKind::IndexLineDropped
        | EventKind::UpstreamChanged
        | EventKind::PolicyChanged
        | EventKind::WaiverProposed
        | EventKind::WaiverGranted
        | EventKind::WaiverEnded
        | EventKind::TokenExchanged
        | EventKind::ReportReceived
        | EventKind::Administration => false,
    };
    kind || event.decision == Some(Decision::Deny) || event.outcome == Some(Outcome::Failed)
}
