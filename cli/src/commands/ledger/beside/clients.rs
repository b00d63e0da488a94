use depaudit_model::event::Event;

use super::Heard;
use crate::commands::ledger::forget::FORGOTTEN;

/// Whether it says that clients were forgotten.
pub(super) fn is_forgetting(event: &Event) -> bool {
    event.detail.as_deref().is_some_and(|detail| detail.starts_with(FORGOTTEN))
}

/// More clients are gone than were forgotten. `kept` was counted after everything else was read.
pub(super) fn missing(heard: &Heard, kept: u64) -> Option<String> {
    let gone = heard.clients.saturating_sub(kept);
    (gone > heard.forgotten).then(|| {
        format!(
            "who asked was erased by other means: {gone} of {} clients are gone, and the record tells of {} \
             that were forgotten",
            heard.clients, heard.forgotten
        )
    })
}
