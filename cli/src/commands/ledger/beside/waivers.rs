use depaudit_model::event::{Event, EventKind};
use depaudit_proxy::waivers::is_told;
use depaudit_store::{Act, Waiver};

use super::Heard;

/// The first waiver that is kept otherwise than the record says. One that is gone opens nothing.
pub(super) fn unsaid(waivers: &[Waiver], heard: &Heard) -> Option<String> {
    waivers.iter().find_map(|waiver| {
        let done = heard.waivers.get(&waiver.id).map_or(&[][..], Vec::as_slice);
        let id = &waiver.id;
        wrong(waiver, done).map(|wrong| format!("the waiver {id} {wrong}"))
    })
}

fn wrong(waiver: &Waiver, done: &[(u64, Event)]) -> Option<String> {
    let said = |kind, act: &Act, why: &str| {
        let of_kind = done.iter().filter(|(_, event)| event.kind == kind);
        of_kind.into_iter().any(|(_, event)| is_told(event, waiver, &act.by, why))
    };
    if !said(EventKind::WaiverProposed, &waiver.proposed, &waiver.reason) {
        return Some(
            "was added or changed: the record does not tell of it as it is kept".to_owned(),
        );
    }
    if let Some(granted) = &waiver.granted
        && !said(EventKind::WaiverGranted, granted, &waiver.reason)
    {
        return Some(format!(
            "opens the doors, and no entry says that {} granted it",
            granted.by.escape_debug()
        ));
    }
    let ended = done.iter().find(|(_, event)| event.kind == EventKind::WaiverEnded);
    match (&waiver.ended, ended) {
        (None, Some((index, _))) => Some(format!(
            "was ended by entry {index}, and opens the doors: it was opened again by other means, or the \
             server ended hard between the two. End it anew: `depaudit waiver end {}`",
            waiver.id
        )),
        (Some(act), _) => {
            let why = waiver.ended_for.as_deref().unwrap_or_default();
            let said = said(EventKind::WaiverEnded, act, why);
            (!said).then(|| "is kept as ended, and no entry says so".to_owned())
        }
        (None, None) => None,
    }
}
