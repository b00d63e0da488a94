use std::collections::HashSet;

use depaudit_model::cargo::CrateName;
use depaudit_model::event::EventKind;
use depaudit_model::{Checksum, RegistryName};
use depaudit_store::{AuditLog, EventFilter, EventOrder, Pin, StoreError};
use semver::Version;

/// The rule by which an index line with another checksum than the pinned one is not served.
pub(crate) const PINNED: &str = "checksum-pinned";

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// The versions of a crate, and the other checksums that the registry's index named for them, that
/// are on record as conflicts.
pub(crate) async fn conflicts(
    log: &dyn AuditLog,
    registry: &RegistryName,
    name: &CrateName,
) -> Result<HashSet<(Version, Checksum)>, StoreError> {
    let filter = EventFilter {
        name: Some(name.clone()),
        kinds: vec![EventKind::ChecksumConflict],
        ..EventFilter::default()
    };
    let newest = log.read(&filter, EventOrder::NewestFirst, PAGE).await?;
    Ok(newest
        .into_iter()
        .map(|stored| stored.event)
        .filter(|event| event.registry.as_ref() == Some(registry))
        .filter(|event| event.rule.as_deref() == Some(PINNED))
        .filter_map(|event| event.version.zip(event.sha256))
        .collect())
}

/// The checksums under which versions of a crate were first stored, by the record. They are pins that
/// outlive the loss of the metadata.
pub(super) async fn first_seen(
    log: &dyn AuditLog,
    registry: &RegistryName,
    name: &CrateName,
) -> Result<Vec<Pin>, StoreError> {
    let mut filter = EventFilter {
        name: Some(name.clone()),
        kinds: vec![EventKind::FirstSeen],
        ..EventFilter::default()
    };
    let (mut pins, mut seen) = (Vec::new(), HashSet::new());
    loop {
        let page = log.read(&filter, EventOrder::OldestFirst, PAGE).await?;
        let full = page.len() == PAGE;
        for stored in page {
            filter.from = stored.index + 1;
            let event = stored.event;
            // A version that was evicted is seen anew when it is fetched again: the first one counts.
            if let (Some(version), Some(checksum)) = (event.version, event.sha256)
                && event.registry.as_ref() == Some(registry)
                && seen.insert(version.clone())
            {
                pins.push(Pin { version, checksum });
            }
        }
        if !full {
            return Ok(pins);
        }
    }
}
