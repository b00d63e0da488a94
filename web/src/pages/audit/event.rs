use depaudit_model::event::{Decision, Event, EventKind};
use depaudit_store::StoredEvent;

/// What an event is about.
pub(super) fn subject(event: &Event) -> String {
    match (&event.name, &event.version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name.to_string(),
        (None, _) => String::new(),
    }
}

/// What it says beyond that, in a line.
pub(super) fn what(event: &Event) -> String {
    let mut told: Vec<String> = Vec::new();
    told.extend(event.decision.map(|it| it.as_str().to_owned()));
    told.extend(event.rule.as_ref().map(|rule| format!("by the rule {rule}")));
    told.extend(event.waiver.as_ref().map(|waiver| format!("by the waiver {waiver}")));
    told.extend(event.cache.map(|it| it.as_str().to_owned()));
    told.extend(event.outcome.map(|it| it.as_str().to_owned()));
    told.extend(event.bytes.map(|bytes| format!("{bytes} bytes")));
    told.extend(event.count.map(|count| format!("{count} times")));
    told.extend(event.principal.as_ref().map(|it| format!("for {it}")));
    // In a cell, lines would stand as escapes of their ends.
    told.extend(event.detail.as_ref().map(|it| it.lines().collect::<Vec<_>>().join("; ")));
    told.join(", ")
}

/// The stylesheet's name for it: what somebody has to look at stands out.
pub(super) fn class(event: &Event) -> &'static str {
    let incident = matches!(event.kind, EventKind::ChecksumConflict | EventKind::UpstreamChanged);
    if incident || event.decision == Some(Decision::Deny) { "hard" } else { "" }
}

/// Who asked.
pub(super) fn client(stored: &StoredEvent) -> String {
    match (&stored.client, stored.event.client) {
        (Some(client), _) => {
            let address =
                client.address.map_or_else(|| "no address".to_owned(), |it| it.to_string());
            let agent = client.user_agent.as_deref().unwrap_or("no User-Agent");
            format!("{address}, {agent}")
        }
        (None, Some(_)) => "erased; the entry holds a commitment to it".to_owned(),
        (None, None) => "nobody: the server itself".to_owned(),
    }
}
